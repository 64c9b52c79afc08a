import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from 'graphql-sse'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { clientFolder } from '../../tests/kit/client-folder.ts'
import { ask, type Edge, openEdge } from '../../tests/kit/edge.ts'
import { newTemporaryFolder } from '../../tests/kit/temporary-folder.ts'
import { openTokenIssuer } from '../../tests/kit/token-issuer.ts'
import { openToyLive } from '../../tests/kit/toy-live.ts'
import { openToySupergraph, type ToySupergraph } from '../../tests/kit/toy-supergraph.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'

/** As a deployment does it: never half a file. */
async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.next`, text)
  await rename(`${path}.next`, path)
}

const metric = async (edge: Edge, name: string): Promise<number> => {
  const { text } = await ask(`${edge.opsOrigin}/metrics`)
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)$`, 'm').exec(text)?.[1])
}
const reloads = (edge: Edge, result: string) =>
  metric(edge, `gateway_supergraph_reloads_total\\{result="${result}"[^}]*\\}`)

async function openToy(variables: Record<string, string> = {}): Promise<{ toy: ToySupergraph; edge: Edge }> {
  const toy = await openToySupergraph()
  onTestFinished(() => toy.close())
  const edge = await openEdge(toy, { AUTH: 'off', ...variables })
  onTestFinished(() => edge.close())
  return { toy, edge }
}

describe('a new supergraph file', () => {
  it('takes the place of the old one twenty times under load: no request fails, and no subscription ends', async () => {
    const toy = await openToyLive()
    onTestFinished(() => toy.close())
    const edge = await openEdge(toy, { AUTH: 'off', SUBSCRIPTION_POLL_MS: '20', SHUTDOWN_GRACE_MS: '1000' })
    onTestFinished(() => edge.close(), 180_000)
    const heard: unknown[] = []
    let ended = false
    const end = () => {
      ended = true
    }
    const leave = createClient({ url: edge.graphqlUrl, retryAttempts: 0 }).subscribe(
      { query: 'subscription { notes(afterSeq: 0) { text author { name } } }' },
      { next: (result) => void heard.push(result.errors ?? result.data), complete: end, error: end },
    )
    onTestFinished(leave)

    const answers = new Map<string, number>()
    let isOver = false
    // Clients that went on after a failure would keep the gateway from closing.
    onTestFinished(() => {
      isOver = true
    })
    const client = async () => {
      for (let i = 0; !isOver; i += 1) {
        // Some known, some that have to be planned anew.
        const { status, text } = await edge.query(i % 20 === 0 ? `{ a${i}: authors { name } }` : '{ authors { name } }')
        const outcome = status === 200 && !text.includes('errors') ? 'answered' : text
        answers.set(outcome, (answers.get(outcome) ?? 0) + 1)
        // As many as there can be would leave no processor to the reloads, nor to the tests beside this one.
        await pause(20)
      }
    }
    const clients = Promise.all([client(), client()])
    const text = await readFile(toy.path, 'utf8')
    for (let i = 1; i <= 20; i += 1) {
      await replaceFile(toy.path, `${text}\n# ${i}`)
      await waitFor(
        `reload ${i}`,
        async () => {
          // Who asks for the metrics all the time takes what the reload needs.
          await pause(100)
          return (await reloads(edge, 'taken')) === i
        },
        60_000,
      )
      toy.write(`note ${i}`)
    }
    await waitFor('the last note', () => heard.length >= 20)
    isOver = true
    await clients
    expect([...answers.keys()]).toEqual(['answered'])
    expect(answers.get('answered')).toBeGreaterThan(100)
    expect([heard.length, ended]).toEqual([20, false])
    // The subscription holds the first one; all those between are gone.
    await waitFor('the old ones to go', async () => (await metric(edge, 'gateway_supergraph_generations')) === 2)
    leave()
    await waitFor('the first one to go', async () => (await metric(edge, 'gateway_supergraph_generations')) === 1)
  }, 300_000)

  describe('in place of a good one', () => {
    let toy: ToySupergraph
    let edge: Edge
    beforeAll(async () => {
      toy = await openToySupergraph()
      edge = await openEdge(toy, { AUTH: 'off' })
    })
    afterAll(async () => {
      await edge?.close()
      await toy?.close()
    })
    it.each([
      ['is no GraphQL', () => 'type Query {'],
      ['is no supergraph', () => 'type Query { a: String }'],
      [
        'lacks what the planner needs',
        (sdl: string) => sdl.replace('@join__type(graph: PEOPLE', '@join__type(graph: NOBODY'),
      ],
      ['names no url', (sdl: string) => sdl.replace(/url: "http[^"]*"/, 'url: ""')],
      ['is empty', () => ''],
    ])('that %s changes nothing, and everybody who has to know is told', async (_fault, broken) => {
      const before = (await reloads(edge, 'refused')) || 0
      await replaceFile(toy.path, broken(toy.sdl))
      await waitFor('the refusal', async () => (await reloads(edge, 'refused')) === before + 1)
      expect((await edge.query('{ books { author { name } } }')).body.data?.books).toHaveLength(3)
      expect((await ask(`${edge.origin}/health/ready`)).status).toBe(200)
      expect(await metric(edge, 'gateway_supergraph_stale')).toBe(1)
      await replaceFile(toy.path, toy.sdl)
      await waitFor('the good file', async () => (await metric(edge, 'gateway_supergraph_stale')) === 0)
    })

    it('that carries access rules does not come in under AUTH=off', async () => {
      const before = (await reloads(edge, 'refused')) || 0
      await replaceFile(toy.path, await readFile(toy.guardedPath, 'utf8'))
      await waitFor('the refusal', async () => (await reloads(edge, 'refused')) === before + 1)
      expect((await edge.query('{ shelf }')).body).toEqual({ data: { shelf: 'north' } })
    })
  })

  it('that no longer answers what a client has registered is refused, and its operations are planned before it is served', async () => {
    const { folder, remove } = clientFolder({
      default: { profile: {}, operations: { shelf: 'query Shelf { shelf }' } },
    })
    onTestFinished(remove)
    const { toy, edge } = await openToy({ CLIENTS_PATH: folder })
    await replaceFile(toy.path, toy.sdl.replace(/\n\s*shelf: String![^\n]*/, ''))
    await waitFor('the refusal', async () => (await reloads(edge, 'refused')) === 1)
    expect((await edge.query('query Shelf { shelf }')).body).toEqual({ data: { shelf: 'north' } })
  })

  it('is spoken of in the status, without where it lies', async () => {
    const issuer = await openTokenIssuer('http://localhost:4000/api')
    onTestFinished(() => issuer.close())
    const { toy, edge } = await openToy({ AUTH: 'on', JWKS_URL: issuer.jwksUrl })
    await replaceFile(toy.guardedPath, 'nonsense')
    await waitFor('the refusal', async () => (await reloads(edge, 'refused')) === 1)
    const token = await issuer.token({ claims: { scope: 'ops:read' } })
    const { body, text } = await ask(`${edge.origin}/api/status`, { headers: { authorization: `Bearer ${token}` } })
    expect(body).toMatchObject({
      status: 'warn',
      supergraph: { source: 'file', lastReloadError: 'The supergraph file cannot be served; the log says why.' },
    })
    expect(text).not.toContain(toy.guardedPath)
  })
})

describe('a gateway whose supergraph file cannot be served', () => {
  async function kept() {
    const { folder, remove } = newTemporaryFolder()
    onTestFinished(remove)
    const toy = await openToySupergraph()
    onTestFinished(() => toy.close())
    const state = join(folder, 'state')
    await mkdir(state)
    const open = () => openEdge(toy, { AUTH: 'off', GATEWAY_STATE_DIR: state })
    const first = await open()
    await first.close()
    await writeFile(toy.path, 'nonsense')
    return { toy, open, file: join(state, 'supergraph') }
  }

  it('starts with what it served last, and takes the next good file', async () => {
    const { toy, open } = await kept()
    const edge = await open()
    onTestFinished(() => edge.close())
    expect((await edge.query('{ shelf }')).body).toEqual({ data: { shelf: 'north' } })
    expect(await metric(edge, 'gateway_supergraph_stale')).toBe(1)
    await replaceFile(toy.path, toy.sdl)
    await waitFor('the good file', async () => (await metric(edge, 'gateway_supergraph_stale')) === 0)
  })

  it('does not start with one that somebody else has put there', async () => {
    const { open, file } = await kept()
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('127.0.0.1', '10.66.6.6'))
    await expect(open()).rejects.toThrow('is not GraphQL')
  })
})
