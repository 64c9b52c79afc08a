import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { composed } from '../../tests/kit/toy-supergraph.ts'
import { Planner, type PlannerLimits } from './planner.ts'

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])`
const subgraph = (name: string, field: string) => ({
  name,
  url: `http://${name}.example.com/graphql`,
  typeDefs: `${link} type Query { ${name}: Node } type Node @key(fields: "id") { id: ID! ${field}: Node }`,
})
const sdl = composed([subgraph('left', 'toLeft'), subgraph('right', 'toRight')])
const open = (limits: Partial<PlannerLimits> = {}) =>
  Planner.open(sdl, { planMs: 20_000, startMs: 30_000, waitingMax: 1_000, ...limits })
/** Crosses subgraphs at each level: planning takes a time that grows with the cube of the depth. */
const deep = (levels: number) => `{ left ${'{ toLeft { toRight'.repeat(levels)} { id }${'} }'.repeat(levels)} }`

describe('the planner', () => {
  let planner: Planner
  beforeAll(async () => {
    ;({ planner } = await open())
  })
  afterAll(() => planner.close())

  it('holds up nothing else while it plans', async () => {
    let turns = 0
    const timer = setInterval(() => {
      turns += 1
    }, 1)
    const started = performance.now()
    await planner.plan(deep(40), null)
    const took = performance.now() - started
    clearInterval(timer)
    expect(turns).toBeGreaterThan(Math.min(20, took / 20))
  })

  it('tells the schema of clients and what stands below what', async () => {
    const { planner: other, schema } = await open()
    await other.close()
    expect(schema.apiSdl).toContain('type Node')
    expect(schema.apiSdl).not.toContain('join__')
  })

  it('refuses an operation that it cannot plan, and plans the next', async () => {
    await expect(planner.plan('{ nope }', null)).rejects.toThrow()
    expect((await planner.plan('{ left { id } }', null)).node?.kind).toBe('Fetch')
  })

  it('gives up an operation that takes too long, and plans those behind it', async () => {
    const { planner: hasty } = await open({ planMs: 300 })
    const [slow, next] = await Promise.allSettled([hasty.plan(deep(400), null), hasty.plan('{ right { id } }', null)])
    expect(slow).toMatchObject({ status: 'rejected', reason: { code: 'OPERATION_TOO_COMPLEX' } })
    expect(next).toMatchObject({ status: 'fulfilled', value: { node: { kind: 'Fetch' } } })
    await hasty.close()
  }, 60_000)

  it('takes no more operations than it can bear', async () => {
    const { planner: small } = await open({ waitingMax: 2 })
    const all = await Promise.allSettled(Array.from({ length: 5 }, () => small.plan(deep(10), null)))
    expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(3)
    await small.close()
  })

  it('does not start over what is no supergraph', async () => {
    await expect(Planner.open('type Query { a: String }')).rejects.toThrow('cannot be served')
  })
})
