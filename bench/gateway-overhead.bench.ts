import { ApolloGateway } from '@apollo/gateway'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { Pool } from 'undici'
import { refuseVendorTelemetry } from '../gateway/config.ts'
import { parseSupergraph } from '../gateway/supergraph/read-supergraph.ts'
import { openEdge } from '../tests/kit/edge.ts'
import { openTokenIssuer } from '../tests/kit/token-issuer.ts'
import { openToySupergraph } from '../tests/kit/toy-supergraph.ts'

/**
 * What does the gateway add to an operation over two subgraphs, next to the stock one it is built on? Run it by
 * `npx tsx bench/gateway-overhead.bench.ts`. Client, gateway and subgraphs share one process and one event loop, so the
 * figures compare contenders within a run; they are not capacities.
 */
const query = '{ books { title author { name } } }'
const concurrency = 8
const roundMs = 2_000
const rounds = 3

interface Contender {
  readonly name: string
  readonly url: string
  readonly headers: Record<string, string>
}

async function round({ url, headers }: Contender): Promise<number[]> {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, { connections: concurrency })
  const body = JSON.stringify({ query })
  const tookMs: number[] = []
  const end = performance.now() + roundMs
  const client = async () => {
    while (performance.now() < end) {
      const start = performance.now()
      const answer = await pool.request({ method: 'POST', path: pathname, headers, body })
      const text = await answer.body.text()
      if (!text.includes('"Ada"')) throw new Error(`${url} answered ${text}`)
      tookMs.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, client))
  await pool.close()
  return tookMs
}

const percentile = (sorted: readonly number[], p: number) => (sorted[Math.floor(sorted.length * p)] ?? 0).toFixed(2)

refuseVendorTelemetry()
const publicUrl = 'http://localhost:4000/api'
const [signed, plain, issuer] = [
  await openToySupergraph(),
  await openToySupergraph({ signed: false }),
  await openTokenIssuer(publicUrl),
]
const [withTokens, open] = [
  await openEdge(signed, { JWKS_URL: issuer.jwksUrl }),
  await openEdge(plain, { AUTH: 'off', SUBGRAPH_KEYS: '' }),
]
const { sdl } = parseSupergraph(plain.sdl, new Map())
const stock = new ApolloServer({ gateway: new ApolloGateway({ supergraphSdl: sdl }), nodeEnv: 'production' })
const { url: stockUrl } = await startStandaloneServer(stock, { listen: { port: 0 } })

const json = { 'content-type': 'application/json' }
const token = await issuer.token({ expiresIn: 600 })
const contenders: readonly Contender[] = [
  { name: 'stock @apollo/gateway, nothing checked', url: stockUrl, headers: json },
  { name: 'ours, AUTH=off, unsigned', url: open.graphqlUrl, headers: json },
  {
    name: 'ours, token verified, requests signed',
    url: withTokens.graphqlUrl,
    headers: { ...json, authorization: `Bearer ${token}` },
  },
]
for (const contender of contenders) await round(contender)
const figures = new Map<string, number[]>()
for (let i = 0; i < rounds; i += 1) {
  for (const contender of contenders) {
    signed.library.requests.length = signed.people.requests.length = 0
    plain.library.requests.length = plain.people.requests.length = 0
    figures.set(contender.name, [...(figures.get(contender.name) ?? []), ...(await round(contender))])
  }
}
for (const [name, took] of figures) {
  const sorted = took.toSorted((a, b) => a - b)
  const rate = Math.round(sorted.length / ((rounds * roundMs) / 1000))
  process.stdout.write(
    `${name.padEnd(42)} ${rate} operations/s, ms p50 ${percentile(sorted, 0.5)} p95 ${percentile(sorted, 0.95)}\n`,
  )
}
await Promise.all([withTokens.close(), open.close(), stock.stop()])
await Promise.all([signed.close(), plain.close(), issuer.close()])
