import { expect, test } from 'vitest'
import { PasswordHasher } from './password-hasher.ts'

const password = 'correct horse battery staple'

test('a hash keeps its parameters, of the strength that ASVS 5 asks for, and verifies its own password only', async () => {
  const hasher = new PasswordHasher()
  const hash = await hasher.hash(password)
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=47104,t=1,p=1\$/)
  expect(await hasher.hash(password)).not.toBe(hash)
  expect(await hasher.verify(password, hash)).toBe(true)
  expect(await hasher.verify(`${password} `, hash)).toBe(false)
})

test('an unknown user verifies to no, and so does a hash that is none', async () => {
  const hasher = new PasswordHasher()
  expect(await hasher.verify(password, undefined)).toBe(false)
  expect(await hasher.verify(password, 'plain text')).toBe(false)
})

test('more sign-ins than can wait are refused as busy, and so is one that waited too long; the others go through', async () => {
  const crowded = new PasswordHasher({ concurrencyMax: 1, queueMax: 2 })
  const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => crowded.hash(password)))
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  // One place and two waiting; the dummy hash of unknown users took the place first.
  expect(refused).toHaveLength(4)
  expect(refused.every(({ reason }) => reason.code === 'SIGN_IN_BUSY')).toBe(true)

  const impatient = new PasswordHasher({ concurrencyMax: 1, waitMsMax: 1 })
  const late = await Promise.allSettled([impatient.hash(password), impatient.hash(password)])
  expect(late.map((outcome) => outcome.status)).toContain('rejected')
  expect(await new PasswordHasher({ concurrencyMax: 1 }).hash(password)).toContain('argon2id')
})

test('no more hashes run at a time than are allowed, also when one ends as another comes', async () => {
  const hasher = new PasswordHasher({ concurrencyMax: 1 })
  const order: number[] = []
  const one = async (n: number) => {
    await hasher.hash(password)
    order.push(n)
  }
  const first = one(0).then(() => one(3))
  await Promise.all([first, one(1), one(2)])
  expect(order).toEqual([0, 1, 2, 3])
})
