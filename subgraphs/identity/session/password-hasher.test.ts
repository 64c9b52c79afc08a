import { argon2Sync } from 'node:crypto'
import { expect, test } from 'vitest'
import { type HashCost, printHash, readHash } from './argon2id-hash.ts'
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

test('no operator can make hashes weaker than ASVS 5 asks for, and everybody can make them stronger', async () => {
  const least = readHash(await new PasswordHasher().hash(password))?.cost
  expect(least?.memoryKib).toBeGreaterThanOrEqual(46 * 1024)
  expect(least).toMatchObject({ passes: 1, lanes: 1 })
  for (const cost of [
    { memoryKib: 47_103, passes: 9, lanes: 1 },
    { memoryKib: 4_194_304, passes: 1, lanes: 1 },
  ])
    expect(() => new PasswordHasher({ cost })).toThrow(RangeError)
  const stronger = new PasswordHasher({ cost: { memoryKib: 49_152, passes: 2, lanes: 1 } })
  const hash = await stronger.hash(password)
  expect(hash).toContain('$m=49152,t=2,p=1$')
  expect(await new PasswordHasher().verify(password, hash)).toBe(true)
})

test('a hash that costs less than one made now is outdated, and one that costs more is not', async () => {
  const hasher = new PasswordHasher({ cost: { memoryKib: 49_152, passes: 2, lanes: 1 } })
  expect(hasher.isOutdated(weakHash({ memoryKib: 19_456, passes: 2, lanes: 1 }))).toBe(true)
  expect(hasher.isOutdated(weakHash({ memoryKib: 49_152, passes: 1, lanes: 1 }))).toBe(true)
  expect(hasher.isOutdated(weakHash({ memoryKib: 50_000, passes: 2, lanes: 1 }))).toBe(false)
})

const hostile = [
  '$argon2id$v=19$m=4194304,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  '$argon2id$v=19$m=47104,t=99,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  '$argon2id$v=19$m=47104,t=1,p=99$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  '$argon2id$v=19$m=4,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  '$argon2id$v=19$m=47104,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AA',
  'plain text',
]

test.each([undefined, ...hostile])(
  'nobody’s hash, and a row that asks for more than we ever spend, cost one ordinary hash: %s',
  async (hash) => {
    const hasher = new PasswordHasher()
    await hasher.hash(password)
    const before = hasher.derivations
    expect(await hasher.verify(password, hash)).toBe(false)
    expect(hasher.derivations - before).toBe(1)
  },
)

function weakHash(cost: HashCost): string {
  const nonce = Buffer.alloc(16, 7)
  const { memoryKib: memory, passes, lanes: parallelism } = cost
  const tag = argon2Sync('argon2id', { message: password, nonce, memory, passes, parallelism, tagLength: 32 })
  return printHash({ cost, nonce, tag })
}

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
