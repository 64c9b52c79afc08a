import { argon2Sync } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anonymousCaller } from '#platform/caller/caller'
import { newOrganization, password } from '../../../tests/kit/organizations.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { waitFor } from '../../../tests/kit/wait-for.ts'
import { identityConfig } from '../config.ts'
import { printHash } from '../session/argon2id-hash.ts'
import { logIn } from '../session/log-in.ts'
import { identity } from '../subgraph.ts'
import { PasswordCredential } from '../user/password-credential.entity.ts'
import { replaceHash } from './upgrade-hash.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(identity, identityConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

const anonymous = anonymousCaller('203.0.113.9')
const credentials = () => subgraph.db.orm.em.fork()
const hashOf = async (userId: string) =>
  (await credentials().findOneOrFail(PasswordCredential, { userId }, { refresh: true })).hash
const store = (userId: string, hash: string) => credentials().nativeUpdate(PasswordCredential, { userId }, { hash })

/** As it was made years ago: at a strength that is not enough any more. */
function oldHash(): string {
  const nonce = Buffer.alloc(16, 7)
  const cost = { memoryKib: 19_456, passes: 2, lanes: 1 }
  const tag = argon2Sync('argon2id', {
    message: password,
    nonce,
    memory: 19_456,
    passes: 2,
    parallelism: 1,
    tagLength: 32,
  })
  return printHash({ cost, nonce, tag })
}

test('an old hash becomes a new one at the next sign-in, which then still works', async () => {
  const { email, owner } = await newOrganization(subgraph.ctxFor)
  await store(owner.id, oldHash())
  await logIn(subgraph.ctxFor(anonymous), { email, password })
  await waitFor('the new hash', async () => (await hashOf(owner.id)).includes('$m=47104,t=1,p=1$'))
  await logIn(subgraph.ctxFor(anonymous), { email, password })
})

test('a wrong password changes nothing of an old hash', async () => {
  const { email, owner } = await newOrganization(subgraph.ctxFor)
  const old = oldHash()
  await store(owner.id, old)
  const ctx = subgraph.ctxFor(anonymous)
  const before = ctx.parts.hasher.derivations
  await expect(logIn(ctx, { email, password: 'not the password' })).rejects.toThrow()
  expect(ctx.parts.hasher.derivations - before).toBe(1)
  expect(await hashOf(owner.id)).toBe(old)
})

test('a password that is changed while the old one’s hash is made anew stays changed', async () => {
  const { owner, caller } = await newOrganization(subgraph.ctxFor)
  const old = oldHash()
  await store(owner.id, old)
  const ctx = subgraph.ctxFor(caller)
  const changed = await ctx.parts.hasher.hash('a different password by now')
  const upgrading = replaceHash(ctx, owner.id, password, old)
  await store(owner.id, changed)
  await upgrading
  expect(await hashOf(owner.id)).toBe(changed)
})

test('an unknown account costs one hash, as a known one does, and is answered in the same words', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const ctx = subgraph.ctxFor(anonymous)
  const attempt = async (address: string) => {
    const before = ctx.parts.hasher.derivations
    const refusal = await logIn(ctx, { email: address, password: 'not the password' }).catch((error) => error)
    return { words: refusal.message, code: refusal.code, derivations: ctx.parts.hasher.derivations - before }
  }
  const known = await attempt(email)
  expect(known).toMatchObject({ code: 'SIGN_IN_REFUSED', derivations: 1 })
  expect(await attempt('nobody@example.com')).toEqual(known)
})
