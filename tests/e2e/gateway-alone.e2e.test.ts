import type { ChildProcess } from 'node:child_process'
import { afterEach, describe, expect, it } from 'vitest'
import { ask } from '../kit/edge.ts'
import { startGateway } from '../kit/gateway-process.ts'
import { json } from '../kit/toy-subgraph.ts'
import { openToySupergraph, type ToySupergraph } from '../kit/toy-supergraph.ts'
import { waitFor } from '../kit/wait-for.ts'

describe('the gateway as a process of its own', () => {
  const children: ChildProcess[] = []
  const toys: ToySupergraph[] = []
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await Promise.all(toys.splice(0).map((toy) => toy.close()))
  })

  const start = (variables: Record<string, string>) => {
    const gateway = startGateway(variables)
    children.push(gateway.child)
    return gateway
  }
  const openToy = async () => {
    const toy = await openToySupergraph({ signed: false })
    toys.push(toy)
    return toy
  }

  it('serves any Federation 2 supergraph with AUTH=off, logs JSON, and on SIGTERM finishes what runs', async () => {
    const toy = await openToy()
    const gateway = start({ AUTH: 'off', SUPERGRAPH_PATH: toy.path })
    const url = `${await gateway.url()}/api/graphql`
    const post = (query: string) =>
      ask(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) })
    expect((await post('query Shelf { shelf books { author { name } } }')).body.data).toMatchObject({ shelf: 'north' })

    let release = () => {}
    const held = new Promise<void>((done) => {
      release = done
    })
    toy.library.answer = async (reply) => {
      await held
      json(reply, 200, { data: { shelf: 'late' } })
    }
    const running = post('{ shelf }')
    await waitFor('the subgraph is asked', () => toy.library.requests.length === 2)
    gateway.child.kill('SIGTERM')
    await waitFor('the gateway takes nothing new', () =>
      fetch(url).then(
        () => false,
        () => true,
      ),
    )
    release()
    expect((await running).body).toEqual({ data: { shelf: 'late' } })
    expect(await gateway.exit()).toBe(0)

    const common = { service: 'gateway', version: expect.any(String), environment: 'development' }
    for (const line of gateway.lines()) expect(line).toMatchObject(common)
    expect(gateway.lines().filter(({ msg }) => msg === 'request')).toContainEqual(
      expect.objectContaining({
        requestId: expect.any(String),
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
        method: 'POST',
        route: '/api/graphql',
        status: 200,
        operation: 'query',
        operationName: 'Shelf',
      }),
    )
    expect(gateway.lines().at(-1)?.msg).toBe('stopped')
    expect(gateway.errors()).toBe('')
  })

  it('prints all faults of its configuration by name and exits 1', async () => {
    const gateway = start({ PORT: 'x', PUBLIC_URL: 'nowhere', SUBGRAPH_KEYS: 'a=secret-canary' })
    expect(await gateway.exit()).toBe(1)
    for (const name of ['PORT', 'PUBLIC_URL', 'SUBGRAPH_KEYS', 'JWKS_URL']) expect(gateway.errors()).toContain(name)
    expect(gateway.errors()).not.toContain('canary')
  })

  it.each([
    ['ENVIRONMENT=production', 'path', { ENVIRONMENT: 'production' }, 'AUTH=off is not for ENVIRONMENT=production'],
    ['a supergraph that carries access rules', 'guardedPath', {}, 'access rules, which AUTH=off would not enforce'],
  ] as const)('refuses AUTH=off with %s, and exits 1', async (_what, path, variables, words) => {
    const toy = await openToy()
    const gateway = start({ AUTH: 'off', SUPERGRAPH_PATH: toy[path], ...variables })
    expect(await gateway.exit()).toBe(1)
    expect(gateway.errors() + JSON.stringify(gateway.lines())).toContain(words)
  })

  it('says which file is missing and exits 1', async () => {
    const gateway = start({ AUTH: 'off', SUPERGRAPH_PATH: '/nowhere/supergraph.graphql' })
    expect(await gateway.exit()).toBe(1)
    expect(JSON.stringify(gateway.lines())).toContain(
      'The supergraph /nowhere/supergraph.graphql cannot be read (ENOENT). Compose it first, or set SUPERGRAPH_PATH.',
    )
  })
})
