import { setTimeout as pause } from 'node:timers/promises'
import { decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemCaller, systemOrganizationId } from '#platform/caller/caller'
import { newId } from '#platform/id'
import { callerOfToken } from '../../../gateway/authorization/caller-of-token.ts'
import { TrustedKeys } from '../../../gateway/authorization/trusted-keys.ts'
import { keysCommand } from '../../../scripts/keys/keys-command.ts'
import { openKeyHouse } from '../../../tests/kit/signing-keys.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { openTokenIssuer } from '../../../tests/kit/token-issuer.ts'
import { waitFor } from '../../../tests/kit/wait-for.ts'
import { accessTokenSeconds, TokenSigner } from '../session/token-signer.ts'
import { identity } from '../subgraph.ts'
import { rotateSigningKey } from './rotate-signing-key.ts'
import { rereadMs } from './signing-key.limits.ts'

let house: Awaited<ReturnType<typeof openKeyHouse>>
let served: Awaited<ReturnType<typeof serve>>
const serve = () => openSubgraph(identity, () => house.config)
beforeAll(async () => {
  house = await openKeyHouse()
  served = await serve()
})
afterAll(async () => {
  await served?.close()
  await house?.close()
})

const refreshMs = 250
/** In place of five minutes: still longer than a node takes to follow, and a gateway after it. */
const publishedMs = rereadMs + 8 * refreshMs
const client = { address: null, userAgent: null }
const systemCtx = () => served.ctxFor(systemCaller(systemOrganizationId))

/** A gateway's keys, read from the real route. Its one reading a minute for an unknown key is spent beforehand. */
async function openGateway(): Promise<TrustedKeys> {
  const keys = new TrustedKeys({ url: `${served.url}/.well-known/jwks.json`, log: systemCtx().log, refreshMs })
  await keys.start()
  const stranger = await openTokenIssuer(house.config.issuer)
  const refused = callerOfToken(await stranger.token(), keys, house.config.issuer, client)
  await expect(refused).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  await stranger.close()
  return keys
}

interface Seen {
  readonly failures: readonly string[]
  /** How often a token of each key was found good. */
  readonly verified: ReadonlyMap<string, number>
}

/** Signs on two nodes and checks at two gateways, hundreds of times a second, what is new and what was signed before. */
async function underLoad(rotate: (seen: Seen) => Promise<unknown>): Promise<Seen> {
  const node = await house.node()
  await node.ring.start()
  const { issuer } = house.config
  const signers = [systemCtx().parts.signer, new TokenSigner(node.ring, issuer)]
  const gateways = [await openGateway(), await openGateway()]
  const failures: string[] = []
  const verified = new Map<string, number>()
  const check = async (token: string) => {
    const kid = decodeProtectedHeader(token).kid ?? ''
    for (const keys of gateways) {
      try {
        await callerOfToken(token, keys, issuer, client)
        verified.set(kid, (verified.get(kid) ?? 0) + 1)
      } catch (error) {
        failures.push(`${kid}: ${(error as Error).cause}`)
      }
    }
  }
  const earlier: string[] = []
  let rotating = true
  const worker = async (signer: TokenSigner) => {
    for (let turn = 0; rotating; turn += 1) {
      const claims = { organizationId: newId(), roles: [], scopes: [], sessionId: null, revision: 0 }
      const token = await signer.sign({ ...claims, userId: newId() }, accessTokenSeconds)
      await check(token)
      if (turn % 20 === 0) earlier.push(token)
      await check(earlier[turn % earlier.length] ?? token)
      // As fast as it can it would take both processors from the tests beside it.
      await pause(5)
    }
  }
  const workers = [...signers, ...signers].map(worker)
  await rotate({ failures, verified }).finally(() => {
    rotating = false
  })
  await Promise.all(workers)
  await Promise.all(gateways.map((keys) => keys.close()))
  return { failures, verified }
}

test('three rotations under load cost no verification', { timeout: 90_000 }, async () => {
  const { failures, verified } = await underLoad(async (seen) => {
    for (let rotation = 0; rotation < 3; rotation += 1) {
      const code = await keysCommand(['rotate', '--wait'], house.own.environment, () => undefined, publishedMs)
      expect(code).toBe(0)
    }
    await waitFor('tokens of the last key', () => seen.verified.size === 4)
  })
  expect(failures).toEqual([])
  const total = [...verified.values()].reduce((sum, count) => sum + count, 0)
  expect(total).toBeGreaterThan(1_000)
})

test('a key that signs before it was published would cost some: the wait is what saves them', {
  timeout: 60_000,
}, async () => {
  const { failures } = await underLoad(async (seen) => {
    await rotateSigningKey(systemCtx(), { publishedMs: 0 })
    await rotateSigningKey(systemCtx(), { publishedMs: 0 })
    await systemCtx().parts.keys.reread()
    await waitFor('a token refused', () => seen.failures.length > 0)
  })
  expect(failures.length).toBeGreaterThan(0)
})
