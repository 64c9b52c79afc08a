import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { calculateJwkThumbprint, createLocalJWKSet, decodeProtectedHeader, exportJWK, jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { SecretBox } from '#platform/crypto/secret-box'
import { newId } from '#platform/id'
import { openKeyHouse } from '../../../tests/kit/signing-keys.ts'
import { waitFor } from '../../../tests/kit/wait-for.ts'
import { accessTokenSeconds, TokenSigner } from '../session/token-signer.ts'
import type { KeyRing } from './key-ring.ts'
import { removeEndedKeys } from './remove-ended-keys.ts'
import { replaceSigningKeys } from './replace-signing-keys.ts'
import { revokeSigningKey } from './revoke-signing-key.ts'
import { rotateSigningKey } from './rotate-signing-key.ts'
import { keepSchedule } from './rotation-schedule.ts'
import { publicationMs, retentionMs } from './signing-key.limits.ts'

let house: Awaited<ReturnType<typeof openKeyHouse>>
beforeAll(async () => {
  house = await openKeyHouse()
})
beforeEach(() => house.empty())
afterAll(() => house?.close())

const dayMs = 86_400_000
const at = (ms: number) => new Date(Date.now() + ms)
const rotateNow = { publishedMs: 0 }
const issuer = 'https://api.example.com/api'
const claims = { organizationId: newId(), roles: [], scopes: [], sessionId: null, revision: 0 }
const sign = (ring: KeyRing) => new TokenSigner(ring, issuer).sign({ ...claims, userId: newId() }, accessTokenSeconds)
const verify = (token: string, ring: KeyRing) =>
  jwtVerify(token, createLocalJWKSet({ keys: [...(ring.published ?? [])] }), { issuer })
const kids = (ring: KeyRing) => ring.published?.map(({ kid }) => kid)
const started = async () => {
  const node = await house.node()
  await node.ring.start()
  return node
}

test('nodes that start together on an empty database make one active key and one next, and all hold the same', async () => {
  const nodes = await Promise.all(Array.from({ length: 6 }, () => house.node()))
  await Promise.all(nodes.map(({ ring }) => ring.start()))
  expect((await house.rows()).map(({ state }) => state)).toEqual(['active', 'next'])
  const held = await Promise.all(nodes.map(async ({ ring }) => [(await ring.active()).kid, ...(kids(ring) ?? [])]))
  expect(new Set(held.map(String)).size).toBe(1)
  expect(await house.records()).toEqual(['signing-key.created active next'])
  expect(nodes.flatMap(({ lines }) => lines)).toEqual([])
})

test('a key is named by its thumbprint, and the next one is published long before it signs', async () => {
  const { ring } = await started()
  const [active, next] = await house.rows()
  const tokens = await Promise.all(Array.from({ length: 20 }, () => sign(ring)))
  expect(new Set(tokens.map((token) => decodeProtectedHeader(token).kid))).toEqual(new Set([active?.kid]))
  expect(kids(ring)).toEqual([active?.kid, next?.kid])
  for (const key of ring.published ?? []) {
    expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x'])
    expect(await calculateJwkThumbprint(key)).toBe(key.kid)
  }
})

test('after a rotation the next key signs, and tokens of the retired one are still good though nobody can sign with it', async () => {
  const { ring, ctx } = await started()
  const [active, next] = await house.rows()
  const before = await sign(ring)
  expect(await rotateSigningKey(ctx(), rotateNow)).toEqual({ active: next?.kid, retired: active?.kid })
  await ring.reread()
  const after = await sign(ring)
  expect(decodeProtectedHeader(after).kid).toBe(next?.kid)
  await Promise.all([before, after].map((token) => verify(token, ring)))
  expect((await house.rows()).map(({ state, private_sealed }) => [state, private_sealed !== null])).toEqual([
    ['active', true],
    ['retired', false],
    ['next', true],
  ])
  expect(await house.records()).toContain('signing-key.rotated retired active next')
})

test('a key that is not published long enough does not sign: the rotation is refused and changes nothing', async () => {
  const { ctx } = await started()
  const before = await house.rows()
  const refused = rotateSigningKey(ctx(), { now: at(publicationMs - 2_000) })
  await expect(refused).rejects.toMatchObject({ code: 'SIGNING_KEY_TOO_NEW' })
  expect(await house.rows()).toEqual(before)
  expect(await rotateSigningKey(ctx(), { now: at(publicationMs) })).not.toBeNull()
  await expect(rotateSigningKey(ctx(), { now: at(publicationMs) })).rejects.toMatchObject({
    code: 'SIGNING_KEY_TOO_NEW',
  })
})

test('of rotations at once one is done, and a node that did none follows within seconds', async () => {
  const [one, other] = [await started(), await started()]
  const next = kids(one.ring)?.[1]
  const now = at(publicationMs)
  const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => rotateSigningKey(other.ctx(), { now })))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  await waitFor('the ring to follow', async () => (await one.ring.active()).kid === next, 5_000)
  expect(kids(one.ring)).toHaveLength(3)
})

test('the schedule rotates after its days, once over all nodes, and removes a key when its last token has ended', async () => {
  const nodes = [await started(), await started()]
  const everywhere = (now: Date) => Promise.all(nodes.map(({ ctx }) => keepSchedule(ctx(), 30, now)))
  await everywhere(at(29 * dayMs))
  expect(await house.rows()).toHaveLength(2)
  const rotatedAt = at(30 * dayMs)
  await everywhere(rotatedAt)
  expect((await house.rows()).map(({ state }) => state)).toEqual(['active', 'retired', 'next'])
  expect(retentionMs).toBeGreaterThan(accessTokenSeconds * 1_000)
  await everywhere(new Date(rotatedAt.getTime() + retentionMs))
  expect(await house.rows()).toHaveLength(3)
  await everywhere(new Date(rotatedAt.getTime() + retentionMs + 1))
  expect((await house.rows()).map(({ state }) => state)).toEqual(['active', 'next'])
  expect(await house.records()).toEqual([
    'signing-key.created active next',
    'signing-key.rotated retired active next',
    'signing-key.removed retired',
  ])
})

test('a revoked key is gone at once with its tokens, in whatever state it was', async () => {
  const { ring, ctx } = await started()
  await rotateSigningKey(ctx(), rotateNow)
  await ring.reread()
  for (const state of ['active', 'next', 'retired']) {
    const token = await sign(ring)
    const revoked = (await house.rows()).find((row) => row.state === state)?.kid ?? ''
    await revokeSigningKey(ctx(), revoked)
    await ring.reread()
    expect(kids(ring)).not.toContain(revoked)
    const verified = verify(token, ring)
    await (state === 'active' ? expect(verified).rejects.toThrow('no applicable key') : verified)
    await verify(await sign(ring), ring)
    const states = (await house.rows()).map((row) => row.state)
    expect(states.filter((each) => each !== 'retired').sort()).toEqual(['active', 'next'])
  }
  await expect(revokeSigningKey(ctx(), 'x')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect((await house.records()).filter((record) => record.startsWith('signing-key.revoked'))).toEqual([
    'signing-key.revoked active active next',
    'signing-key.revoked next next',
    'signing-key.revoked retired',
  ])
})

test('private halves stand in no table, no log, no answer and no object that can be printed', async () => {
  const { ring, ctx, lines } = await started()
  const box = new SecretBox([house.config.secretsKey])
  const secrets = (await house.rows()).map(
    ({ kid, private_sealed }) =>
      JSON.parse(box.open(private_sealed ?? '', ['signing-key', kid, 'private'])).d as string,
  )
  expect(secrets.every((secret) => secret.length === 43)).toBe(true)
  const stranger = await house.node(randomBytes(32))
  await stranger.ring.start().catch((error) => stranger.ctx().log.error({ err: error }, 'refused'))
  await rotateSigningKey(ctx(), rotateNow)
  await keepSchedule(ctx(), 30, at(31 * dayMs))
  ctx().log.info({ ring, parts: ctx().parts, rows: await house.rows() }, 'all of it')
  const { rows } = await house.owner.query(
    `select row_to_json(k)::text as row from identity.signing_key k union all select row_to_json(o)::text from identity.outbox o`,
  )
  const everything = [
    ...rows.map(({ row }) => row),
    ...lines,
    ...stranger.lines,
    JSON.stringify(ring.published),
    inspect([ring, await ring.active()], { depth: 12, showHidden: true }),
  ].join('\n')
  expect(everything.length).toBeGreaterThan(2_000)
  for (const secret of secrets) {
    for (const spelled of [secret, Buffer.from(secret, 'base64url').toString('hex')])
      expect(everything).not.toContain(spelled)
  }
  await expect(exportJWK((await ring.active()).key)).rejects.toThrow(/extract/)
})

test('a process with another secrets key neither starts nor changes a key, until it is told to throw all away', async () => {
  const { ring } = await started()
  const token = await sign(ring)
  const before = await house.rows()
  const stranger = await house.node(randomBytes(32))
  const unreadable = { code: 'SIGNING_KEYS_UNREADABLE' }
  await expect(stranger.ring.start()).rejects.toMatchObject(unreadable)
  await expect(rotateSigningKey(stranger.ctx(), rotateNow)).rejects.toMatchObject(unreadable)
  await expect(revokeSigningKey(stranger.ctx(), before[0]?.kid ?? '')).rejects.toMatchObject(unreadable)
  expect(await house.rows()).toEqual(before)

  await replaceSigningKeys(stranger.ctx())
  await stranger.ring.start()
  await verify(await sign(stranger.ring), stranger.ring)
  await expect(verify(token, stranger.ring)).rejects.toThrow('no applicable key')
})

test('who writes in the table without the secrets key gets no key published', async () => {
  const { ring, lines } = await started()
  const [active] = await house.rows()
  const strangers = new SecretBox([randomBytes(32)])
  const forged = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43), kid: 'f'.repeat(43), alg: 'EdDSA', use: 'sig' }
  const insert = `insert into identity.signing_key (kid, state, public_jwk, public_proof, created_at) values ($1, 'retired', $2, $3, now())`
  await house.owner.query(insert, [
    forged.kid,
    forged,
    strangers.seal(JSON.stringify(forged), ['signing-key', forged.kid, 'public']),
  ])
  await house.owner.query(insert, ['g'.repeat(43), forged, active?.public_proof])
  await house.owner.query('update identity.signing_key set public_jwk = $1 where kid = $2', [forged, active?.kid])
  await ring.reread()
  expect(kids(ring)).toHaveLength(2)
  expect(JSON.stringify(ring.published)).not.toContain(forged.x)
  await verify(await sign(ring), ring)
  expect(lines.join('')).toContain('a signing key is not ours and is not published')
})

test('a next key that is damaged is replaced instead of signing', async () => {
  const { ctx } = await started()
  const [, next] = await house.rows()
  await house.owner.query('update identity.signing_key set private_sealed = $1 where kid = $2', ['v1.x.y', next?.kid])
  await expect(rotateSigningKey(ctx(), rotateNow)).rejects.toMatchObject({ code: 'SIGNING_KEY_TOO_NEW' })
  const [, renewed] = await house.rows()
  expect(renewed?.kid).not.toBe(next?.kid)
  expect(await rotateSigningKey(ctx(), rotateNow)).toMatchObject({ active: renewed?.kid })
})

test('a node waits for a database that is not ready, and signs nothing with keys that it read too long ago', async () => {
  const early = await house.node(undefined, { staleMs: 0 })
  await house.owner.query('alter table identity.signing_key rename to signing_key_elsewhere')
  try {
    await early.ring.start()
    expect(early.ring.published).toBeUndefined()
    await expect(sign(early.ring)).rejects.toMatchObject({ code: 'SIGNING_KEYS_UNAVAILABLE' })
  } finally {
    await house.owner.query('alter table identity.signing_key_elsewhere rename to signing_key')
  }
  await waitFor('the keys to be read', () => early.ring.published, 5_000)
  await sign(early.ring)
  await house.owner.query('alter table identity.signing_key rename to signing_key_elsewhere')
  try {
    await expect(sign(early.ring)).rejects.toMatchObject({ code: 'SIGNING_KEYS_UNAVAILABLE' })
    expect(kids(early.ring)).toHaveLength(2)
  } finally {
    await house.owner.query('alter table identity.signing_key_elsewhere rename to signing_key')
  }
})

test('no token is signed that might outlive its key', async () => {
  const { ring } = await started()
  const sooner = new TokenSigner(ring, issuer).sign({ ...claims, userId: newId() }, accessTokenSeconds + 1)
  await expect(sooner).rejects.toThrow(RangeError)
  await removeEndedKeys((await house.node()).ctx(), at(365 * dayMs))
  expect(await house.rows()).toHaveLength(2)
})
