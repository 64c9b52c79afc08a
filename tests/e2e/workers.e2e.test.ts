import { readFileSync } from 'node:fs'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GatewayProcess, startGateway } from '../kit/gateway-process.ts'
import { openToySupergraph, type ToySupergraph } from '../kit/toy-supergraph.ts'
import { waitFor } from '../kit/wait-for.ts'

describe('a gateway of two workers', () => {
  const running = new Set<GatewayProcess>()
  const toys: ToySupergraph[] = []
  const agents: Agent[] = []
  afterAll(async () => {
    for (const { child } of running) child.kill('SIGKILL')
    await Promise.all(agents.splice(0).map((agent) => agent.destroy()))
    await Promise.all(toys.splice(0).map((toy) => toy.close()))
  })

  const start = async (variables: Record<string, string> = {}) => {
    const toy = await openToySupergraph({ signed: false })
    toys.push(toy)
    const gateway = startGateway({ AUTH: 'off', GATEWAY_WORKERS: '2', SUPERGRAPH_PATH: toy.path, ...variables })
    running.add(gateway)
    // Each request by a connection of its own: those are what is handed out to the workers.
    const agent = new Agent({ connections: 20, pipelining: 0 })
    agents.push(agent)
    const primary = () => gateway.lines().find(({ msg, urls }) => msg === 'started' && urls?.length === 2)?.urls
    const [opsUrl = '', url = ''] = await waitFor('both workers', primary, 60_000)
    const ask = async () => {
      const { statusCode, body } = await request(`${url}/api/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"{ shelf }"}',
        dispatcher: agent,
      })
      await body.dump()
      return statusCode
    }
    const askOften = async (times: number) => {
      const statuses = await Promise.all(Array.from({ length: times }, ask))
      return { good: statuses.filter((status) => status === 200).length, all: statuses }
    }
    const metrics = async () => (await fetch(`${opsUrl}/metrics`)).text()
    const pids = () => childrenOf(gateway.child.pid ?? 0)
    return { gateway, url, ask, askOften, metrics, pids }
  }
  const answered = (text: string) =>
    sumOf(text, /^http_request_duration_seconds_count\{.*route="\/api\/graphql".*\} (\d+)$/gm)

  type Started = Awaited<ReturnType<typeof start>>
  /** Free of limits until it is asked to end, and limited until it is killed. */
  let free: Started
  let limited: Started
  beforeAll(async () => {
    ;[free, limited] = await Promise.all([
      start({ SHUTDOWN_DELAY_MS: '1500' }),
      start({ RATE_LIMIT_PER_ADDRESS: '40' }),
    ])
  })

  it('shares the requests at one port, and its metrics are those of both', async () => {
    const { askOften, metrics, pids } = free
    expect(pids()).toHaveLength(2)
    expect((await askOften(60)).good).toBe(60)
    const text = await metrics()
    expect(answered(text)).toBe(60)
    expect(text).toMatch(/^gateway_workers\{.*\} 2$/m)
    for (const worker of ['1', '2', 'primary'])
      expect(text).toMatch(new RegExp(`^process_resident_memory_bytes\\{.*worker="${worker}".*\\} \\d+$`, 'm'))
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1])
    expect(new Set(names).size).toBe(names.length)
    const series = [...text.matchAll(/^([a-z_]+(?:\{[^}]*\})?) /gm)].map((match) => match[1])
    expect(new Set(series).size).toBe(series.length)
  })

  it('has one limit for both, without Redis too', async () => {
    const { askOften } = limited
    const { good, all } = await askOften(90)
    expect(good).toBe(40)
    expect(all.filter((status) => status === 429)).toHaveLength(50)
  })

  it('goes on with one when the other is lost, and another one takes its place', async () => {
    const { gateway, ask, askOften, metrics, pids } = free
    await askOften(40)
    const before = answered(await metrics())
    const [first = 0] = pids()
    process.kill(first, 'SIGKILL')
    await waitFor('the loss', () => !pids().includes(first))
    await waitFor('another worker', async () => /^gateway_workers\{.*\} 2$/m.test(await metrics()), 60_000)
    expect(pids()).toHaveLength(2)
    expect(await ask()).toBe(200)
    const text = await metrics()
    expect(text).toMatch(/^gateway_worker_restarts_total\{.*\} 1$/m)
    expect(answered(text)).toBeGreaterThan(before)
    expect(gateway.lines().filter(({ msg }) => msg.startsWith('a worker ended'))).toHaveLength(1)
  })

  it('ends as one process does: ready no more at once, serving for the delay, then with nothing left of it', async () => {
    const { gateway, url, ask, pids } = free
    const all = pids()
    gateway.child.kill('SIGTERM')
    await waitFor('not being ready', async () => (await fetch(`${url}/health/ready`)).status === 503)
    expect(await ask()).toBe(200)
    expect(await gateway.exit()).toBe(0)
    expect(all.filter(isRunning)).toEqual([])
    expect(gateway.lines().filter(({ msg }) => msg === 'stopped')).toHaveLength(3)
  })

  it('leaves no worker behind when the primary is killed', async () => {
    const { gateway, pids } = limited
    const all = pids()
    gateway.child.kill('SIGKILL')
    await waitFor('the end of the workers', () => all.every((pid) => !isRunning(pid)))
  })

  it('does not start when its workers cannot', async () => {
    const gateway = startGateway({ AUTH: 'off', GATEWAY_WORKERS: '2', SUPERGRAPH_PATH: '/nowhere/at.graphql' })
    running.add(gateway)
    expect(await gateway.exit()).toBe(1)
    expect(JSON.stringify(gateway.lines())).toContain('/nowhere/at.graphql cannot be read')
  })
})

const sumOf = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0)

const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
