import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { clientFolder } from '../../tests/kit/client-folder.ts'
import { ask, type Edge, openEdge } from '../../tests/kit/edge.ts'
import { openToySupergraph, type ToySupergraph } from '../../tests/kit/toy-supergraph.ts'
import { openTraceCollector, type TraceCollector } from '../../tests/kit/trace-collector.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'

const publicPage = 'https://web.example.com'
/** Of these ids the first is among the tenth that is kept, the second is not. */
const kept = `${'a'.repeat(19)}f${'1'.repeat(12)}`
const other = `${'b'.repeat(19)}0${'2'.repeat(12)}`
const from = (traceId: string, flags = '00') => ({ traceparent: `00-${traceId}-${'c'.repeat(16)}-${flags}` })

let toy: ToySupergraph
let collector: TraceCollector
let edge: Edge
const { folder, remove } = clientFolder({
  web: {
    profile: { bindings: [{ origin: true }], origins: [publicPage] },
    operations: { shelf: 'query Shelf {\n  shelf\n}\n' },
  },
})
beforeAll(async () => {
  toy = await openToySupergraph()
  collector = await openTraceCollector()
  edge = await openEdge(toy, {
    AUTH: 'off',
    CLIENTS_PATH: folder,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_TRACES_SAMPLER_ARG: '0.1',
  })
})
beforeEach(() => {
  toy.library.requests.length = 0
  toy.people.requests.length = 0
  toy.library.answer = undefined
})
afterAll(async () => {
  await edge.close()
  await Promise.all([toy.close(), collector.close()])
  remove()
})

const spansOf = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId)
/** Asks for what is kept, last: whatever was kept before it has arrived by then. */
async function everythingArrived() {
  const last = `${'d'.repeat(19)}f${Math.random().toString(16).slice(2, 14).padEnd(12, '3')}`
  await edge.query('{ shelf }', { headers: from(last) })
  await waitFor('the last trace', () => spansOf(last).length > 0)
}

describe('the trace of a request', () => {
  test('has the request, the planning and each question to a subgraph, whose own spans are children of the question', async () => {
    const headers = { ...from(kept), tracestate: 'vendor=opaque' }
    await edge.query('query Mine { books { title author { name } } }', { headers })
    await everythingArrived()
    const spans = spansOf(kept)
    const named = (name: string) => spans.find((span) => span.name === name)
    const root = named('POST /api/graphql')
    expect(spans.map(({ name }) => name).sort()).toEqual(['POST /api/graphql', 'fetch library', 'fetch people', 'plan'])
    expect(root).toMatchObject({ kind: 2, parentSpanId: 'c'.repeat(16), service: 'gateway', isError: false })
    expect(root?.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/api/graphql',
      'http.response.status_code': 200,
      'graphql.operation.type': 'query',
      'forgeops.client': 'default',
    })
    for (const [subgraph, name] of [
      [toy.library, 'fetch library'],
      [toy.people, 'fetch people'],
    ] as const) {
      const fetch = named(name)
      expect(fetch).toMatchObject({ kind: 3, parentSpanId: root?.spanId })
      const sent = subgraph.requests[0]?.headers
      expect([sent?.traceparent, sent?.tracestate]).toEqual([`00-${kept}-${fetch?.spanId}-01`, 'vendor=opaque'])
    }
    expect(named('fetch people')?.attributes['forgeops.fetch.entities']).toBe(2)
  })

  test('is not kept when it is of the nine tenths and nothing failed, whatever the client says', async () => {
    const { body } = await edge.query('{ shelf }', { headers: from(other, '01') })
    expect(body.data).toEqual({ shelf: 'north' })
    await everythingArrived()
    expect(spansOf(other)).toEqual([])
    expect(toy.library.requests[0]?.headers.traceparent).toMatch(new RegExp(`^00-${other}-[0-9a-f]{16}-00$`))
  })

  test('is kept when a subgraph failed, and says where and how', async () => {
    const failing = other.replace('2', '4')
    toy.library.answer = (reply) => void reply.destroy()
    const { body } = await edge.query('{ shelf }', { headers: from(failing) })
    expect(body.errors?.[0]?.extensions.code).toBe('SUBGRAPH_UNAVAILABLE')
    toy.library.answer = undefined
    await everythingArrived()
    const spans = spansOf(failing)
    const root = spans.find(({ kind }) => kind === 2)
    expect(root).toMatchObject({
      isError: true,
      attributes: { 'error.type': 'SUBGRAPH_UNAVAILABLE', 'forgeops.trace.kept': 'failed' },
    })
    const fetches = spans.filter(({ name }) => name === 'fetch library')
    expect(fetches.length).toBeGreaterThan(0)
    expect(fetches.map(({ isError, attributes }) => [isError, attributes['error.type']])).toEqual(
      fetches.map(() => [true, 'unreachable']),
    )
  })

  test('is kept when the client asked for what is not there, though nothing failed', async () => {
    const wrong = other.replace('2', '5')
    await edge.query('{ nothingOfThisName }', { headers: from(wrong) })
    await everythingArrived()
    expect(spansOf(wrong)).toMatchObject([
      { isError: false, attributes: { 'error.type': 'BAD_USER_INPUT', 'forgeops.trace.kept': 'refused' } },
    ])
  })

  test('names an operation only when it is registered', async () => {
    const registered = kept.replace('1', '6')
    await edge.query('query Shelf {\n  shelf\n}\n', { headers: { ...from(registered), origin: publicPage } })
    await everythingArrived()
    const root = spansOf(registered).find(({ kind }) => kind === 2)
    expect(root?.attributes).toMatchObject({ 'graphql.operation.name': 'Shelf', 'forgeops.client': 'web' })
    const names = spansOf(kept).map(({ attributes }) => attributes['graphql.operation.name'])
    expect(names.filter((name) => name !== undefined)).toEqual([])
  })

  test('holds no value of what was asked or answered, no header and no document', async () => {
    const secret = 'canary-4711'
    const headers = { ...from(kept.replace('1', '7')), authorization: `Bearer ${secret}`, 'x-api-key': secret }
    const asked = { variables: { id: secret, title: secret }, headers }
    await edge.query(
      `mutation Canary4711($id: ID!, $title: String!) { renameBook(id: $id, title: $title) { title } }`,
      asked,
    )
    await edge.query(`{ book(id: "${secret}") { title } }`, { headers })
    await edge.query(`{ ${secret.replace('-', '_')} }`, { headers })
    await ask(`${edge.graphqlUrl}?query=${encodeURIComponent(`{ book(id: "${secret}") { id } }`)}`, {
      headers: { ...headers, accept: 'application/json', 'apollo-require-preflight': '1' },
    })
    await ask(`${edge.origin}/${secret}?token=${secret}`, { headers })
    await everythingArrived()
    expect(spansOf(kept.replace('1', '7')).length).toBeGreaterThan(4)
    const sent = collector.bodies.join('\n')
    expect(sent).not.toMatch(/canary/i)
    expect(sent).not.toMatch(/renameBook|Rivers|shelf/)
  })
})

describe('the metrics of operations', () => {
  const seriesOf = async (name: string) =>
    (await ask(`${edge.opsOrigin}/metrics`)).text.split('\n').filter((line) => line.startsWith(`${name}_count{`))

  test('tell registered operations apart by name and client, and all others together', async () => {
    for (let n = 0; n < 50; n++) await edge.query(`query Made${n} { shelf }`)
    const series = await seriesOf('gateway_operation_duration_seconds')
    expect(series.filter((line) => line.includes('Made'))).toEqual([])
    const ofOthers = series.filter((line) => /operation="other".*kind="query".*outcome="ok"/.test(line))
    expect(ofOthers).toHaveLength(1)
    expect(ofOthers[0]).toContain('client="default"')
    const ofShelf = series.filter((line) => line.includes('operation="Shelf"'))
    expect(ofShelf).toHaveLength(1)
    expect(ofShelf[0]).toMatch(/client="web".*outcome="ok"/)
  })

  test('tell answers by what went wrong with them', async () => {
    const series = await seriesOf('gateway_operation_duration_seconds')
    expect(series.some((line) => /kind="none",outcome="refused"/.test(line))).toBe(true)
    expect(series.some((line) => /kind="query",outcome="failed"/.test(line))).toBe(true)
    const { text } = await ask(`${edge.opsOrigin}/metrics`)
    expect(text).toMatch(/gateway_errors_total\{[^}]*code="SUBGRAPH_UNAVAILABLE"/)
  })
})
