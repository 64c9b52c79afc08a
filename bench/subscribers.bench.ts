import { setTimeout as pause } from 'node:timers/promises'
import { findFreePort } from '../scripts/local/free-port.ts'
import { openRevocationIssuer } from '../tests/kit/revocation-issuer.ts'
import { openTokenIssuer } from '../tests/kit/token-issuer.ts'
import { openToyLive } from '../tests/kit/toy-live.ts'
import { PinnedProcess } from './gateway/pinned-process.ts'
import type { Order, Took } from './live/clients.process.ts'

/**
 * What do thousands of subscribers to whom nothing happens cost one gateway process? `SUBSCRIBERS` says how many. Gateway, subscribers, and the people who ask meanwhile have processes of
 * their own; each subscriber is another user, and their organizations have fifty users each. Without Redis, so that the
 * gateway looks for events of itself as often as it may, which is ten times as often as with it.
 */
const count = Number(process.env.SUBSCRIBERS ?? 5_000)
const usersPerOrganization = 50
const rounds = 5
const roundMs = 4_000
const publicUrl = 'http://localhost:4000/api'
const extraMbMax = 250
const ratioMax = 1.5

const say = (text: string) => process.stdout.write(`${text}\n`)
const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

const toy = await openToyLive()
const tokens = await openTokenIssuer(publicUrl)
const issuer = await openRevocationIssuer(tokens.jwksUrl)
const tokenOf = (n: number) => {
  const organization = `organization-${Math.floor(n / usersPerOrganization)}`
  return tokens.token({ expiresIn: 3_600, claims: { sub: `user-${n}`, org: organization, sid: `session-${n}` } })
}
const subscriberTokens = await Promise.all(Array.from({ length: count }, (_, n) => tokenOf(n)))
const askerToken = await tokenOf(count)

async function openGateway() {
  const [port, opsPort] = [await findFreePort(), await findFreePort()]
  const keys = Object.entries({ ...toy.keys, identity: issuer.key }).map(([name, key]) => `${name}=${key}`)
  const gateway = new PinnedProcess('../../gateway/main.ts', [], -1, {
    PATH: process.env.PATH,
    LOG_LEVEL: 'warn',
    PUBLIC_URL: publicUrl,
    PORT: String(port),
    OPS_PORT: String(opsPort),
    SUPERGRAPH_PATH: toy.guardedPath,
    SUBGRAPH_KEYS: keys.join(','),
    JWKS_URL: `${issuer.origin}/.well-known/jwks.json`,
    RATE_LIMIT_PER_ADDRESS: 'off',
    RATE_LIMIT_PER_USER: 'off',
    RATE_LIMIT_PER_ORGANIZATION: 'off',
  })
  const ready = `http://127.0.0.1:${port}/health/ready`
  while ((await fetch(ready).catch(() => null))?.ok !== true) await pause(100)
  return { gateway, url: `http://127.0.0.1:${port}/api/graphql` }
}

/** Two fresh gateways, one with subscribers and one without, are asked the same in turns. */
async function measure(by: 'sse' | 'websocket') {
  const [plain, live] = [await openGateway(), await openGateway()]
  const subscribers = new PinnedProcess('../live/clients.process.ts', [], -1)
  const askers = new PinnedProcess('../live/clients.process.ts', [], -1)
  const told = <T>(clients: PinnedProcess, order: Order) => clients.ask<T>(order)
  await pause(1_000)
  const began = performance.now()
  await told(subscribers, { do: 'subscribe', by, url: live.url, tokens: subscriberTokens })
  const connectedMs = Math.round(performance.now() - began)
  await pause(5_000)
  const cpuMs = live.gateway.cpuMs
  await pause(5_000)
  const idleCpuPercent = Math.round((live.gateway.cpuMs - cpuMs) / 50)
  const took = { plain: [] as Took[], live: [] as Took[] }
  for (let round = 0; round <= rounds; round += 1) {
    const turns = [
      { url: plain.url, all: took.plain },
      { url: live.url, all: took.live },
    ]
    for (const { url, all } of round % 2 === 0 ? turns : turns.reverse()) {
      const one = await told<Took>(askers, { do: 'query', url, token: askerToken, ms: roundMs })
      // The first round warms them.
      if (round > 0) all.push(one)
    }
  }
  await pause(5_000)
  const [plainMb, liveMb] = [plain.gateway.residentMb, live.gateway.residentMb]
  await Promise.all([plain.gateway, live.gateway, subscribers, askers].map((each) => each.end()))
  const p95 = (all: readonly Took[]) => Math.round(median(all.map(({ p95Ms }) => p95Ms)) * 100) / 100
  const [alone, beside] = [p95(took.plain), p95(took.live)]
  const result = {
    residentMb: Math.round(liveMb),
    extraMb: Math.round(liveMb - plainMb),
    p95MsWithout: alone,
    p95MsWith: beside,
    p95Ratio: Math.round((beside / alone) * 100) / 100,
    idleCpuPercent,
    connectedMs,
  }
  const met = result.extraMb <= extraMbMax && result.p95Ratio <= ratioMax ? '' : '  (not what it should be)'
  say(
    `${by.padEnd(10)} ${result.extraMb} MB more, ${idleCpuPercent} % of a core; queries p95 ${alone} → ${beside} ms, × ${result.p95Ratio}${met}`,
  )
  return result
}

say(`${count} idle subscribers on one gateway process`)
const result = { subscribers: count, sse: await measure('sse'), websocket: await measure('websocket') }
await Promise.all([toy.close(), tokens.close(), issuer.close()])
say(JSON.stringify(result))
if ([result.sse, result.websocket].some((each) => each.extraMb > extraMbMax || each.p95Ratio > ratioMax))
  process.exitCode = 1
