import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Agent, request } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { type GatewayProcess, startGateway } from '../kit/gateway-process.ts'
import { json } from '../kit/toy-subgraph.ts'
import { openToySupergraph, type ToySupergraph } from '../kit/toy-supergraph.ts'
import { waitFor } from '../kit/wait-for.ts'

const restarts = 4
const clients = 6

describe('the end of a gateway', () => {
  const running = new Set<GatewayProcess>()
  const toys: ToySupergraph[] = []
  afterEach(async () => {
    for (const { child } of running) child.kill('SIGKILL')
    running.clear()
    await Promise.all(toys.splice(0).map((toy) => toy.close()))
  })
  const openToy = async () => {
    const toy = await openToySupergraph({ signed: false })
    toys.push(toy)
    return toy
  }
  const start = (toy: ToySupergraph, variables: Record<string, string>) => {
    const gateway = startGateway({ AUTH: 'off', LOG_LEVEL: 'warn', SUPERGRAPH_PATH: toy.path, ...variables })
    running.add(gateway)
    return gateway
  }

  it('loses no request over a rolling restart under load, as long as its readiness is heeded', async () => {
    const toy = await openToy()
    const ports = [await freePort(), await freePort()]
    const startAt = async (port: number) => {
      const gateway = start(toy, { PORT: String(port), SHUTDOWN_DELAY_MS: '1000' })
      await waitFor('readiness', () => isReady(port), 60_000)
      return gateway
    }
    const nodes = await Promise.all(ports.map(startAt))
    const load = openLoad(ports)
    await waitFor('load', () => load.answered() > 200, 60_000)
    for (let n = 0; n < restarts; n += 1) {
      const at = n % ports.length
      const port = ports[at] ?? 0
      nodes[at]?.child.kill('SIGTERM')
      expect(await nodes[at]?.exit()).toBe(0)
      const before = load.answered()
      await waitFor('the other one to serve meanwhile', () => load.answered() > before + 50, 60_000)
      nodes[at] = await startAt(port)
      await waitFor('the new one to serve', () => load.servedBy(port) > 50, 60_000)
    }
    await load.stop()
    expect(load.failures).toEqual([])
    expect(load.answered()).toBeGreaterThan(1_000)
  }, 240_000)

  it('says at once that it is ready no more, and serves on for the delay', async () => {
    const gateway = start(await openToy(), { LOG_LEVEL: 'info', SHUTDOWN_DELAY_MS: '2000' })
    const origin = await gateway.url()
    const { port } = new URL(origin)
    const signalled = performance.now()
    gateway.child.kill('SIGTERM')
    await waitFor('not being ready', async () => !(await isReady(Number(port))))
    expect(performance.now() - signalled).toBeLessThan(1_500)
    const answer = await ask(Number(port))
    expect([answer.status, answer.connection]).toEqual([200, 'close'])
    expect(await gateway.exit()).toBe(0)
    expect(performance.now() - signalled).toBeGreaterThan(2_000)
    expect(gateway.lines().slice(-2)).toMatchObject([{ msg: 'request' }, { msg: 'stopped' }])
  }, 60_000)

  it('comes at once with a second signal, but not with the echo of the first', async () => {
    const gateway = start(await openToy(), { LOG_LEVEL: 'info', SHUTDOWN_DELAY_MS: '30000' })
    const { port } = new URL(await gateway.url())
    gateway.child.kill('SIGINT')
    gateway.child.kill('SIGTERM')
    await waitFor('not being ready', async () => !(await isReady(Number(port))))
    const began = performance.now()
    await waitFor('the end', () => {
      gateway.child.kill('SIGTERM')
      return gateway.child.exitCode !== null
    })
    expect(await gateway.exit()).toBe(1)
    expect(performance.now() - began).toBeLessThan(10_000)
  }, 60_000)

  it('comes after the grace, whatever still runs', async () => {
    const toy = await openToy()
    const gateway = start(toy, { LOG_LEVEL: 'info', SHUTDOWN_GRACE_MS: '500' })
    const { port } = new URL(await gateway.url())
    const held = Promise.withResolvers<void>()
    toy.library.answer = async (reply) => {
      await held.promise
      json(reply, 200, { data: { shelf: 'late' } })
    }
    const cut = ask(Number(port)).catch((error: Error) => error)
    await waitFor('the request', () => toy.library.requests.length === 1)
    gateway.child.kill('SIGTERM')
    expect(await gateway.exit()).toBe(1)
    held.resolve()
    expect(await cut).toBeInstanceOf(Error)
  }, 60_000)
})

const isReady = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  )

async function ask(port: number, dispatcher?: Agent) {
  const { statusCode, headers, body } = await request(`http://127.0.0.1:${port}/api/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ shelf }"}',
    ...(dispatcher === undefined ? {} : { dispatcher }),
  })
  return { status: statusCode, connection: headers.connection, body: await body.text() }
}

/** Clients behind a load balancer that asks each node every 50 ms whether it is ready, and takes turns among those that are. */
function openLoad(ports: readonly number[]) {
  const dispatcher = new Agent({ connections: clients, keepAliveTimeout: 10_000 })
  const ready = new Set(ports)
  const failures: string[] = []
  const served = new Map<number, number>()
  const stopped = new AbortController()
  let turn = 0
  const client = async () => {
    while (!stopped.signal.aborted) {
      const targets = [...ready]
      turn += 1
      const port = targets[turn % targets.length]
      if (port === undefined) throw new Error('No node is ready.')
      const answer = await ask(port, dispatcher).catch((error: Error) => ({ status: 0, body: String(error) }))
      if (answer.status === 200 && answer.body === '{"data":{"shelf":"north"}}')
        served.set(port, (served.get(port) ?? 0) + 1)
      else failures.push(`${port}: ${answer.status} ${answer.body}`)
    }
  }
  const watch = async (port: number) => {
    while (!stopped.signal.aborted) {
      if (await isReady(port)) ready.add(port)
      else if (ready.delete(port)) served.set(port, 0)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  const all = Promise.all([...ports.map(watch), ...Array.from({ length: clients }, client)])
  return {
    failures,
    servedBy: (port: number) => served.get(port) ?? 0,
    answered: () => turn,
    stop: async () => {
      stopped.abort()
      await all
      await dispatcher.close()
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
