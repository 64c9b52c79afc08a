import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findFreePort } from '../../scripts/local/free-port.ts'
import { processOf } from '../../scripts/local/os-process.ts'
import type { DevFile } from '../../scripts/up/dev-file.ts'
import { newTemporaryFolder } from '../kit/temporary-folder.ts'
import { waitFor } from '../kit/wait-for.ts'

interface Run {
  readonly make: ChildProcess
  readonly pid: number
  said(): string
}

const { folder: home, remove } = newTemporaryFolder()
const ports = { PORT: String(await findFreePort()), OPS_PORT: String(await findFreePort()) }
let run: Run

function makeUp(): Run {
  const make = spawn('make', ['up'], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, FORGEOPS_HOME: home, ...ports },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let said = ''
  for (const stream of [make.stdout, make.stderr]) {
    stream.on('data', (chunk) => {
      said += chunk
    })
  }
  return { make, pid: make.pid ?? 0, said: () => said }
}

async function ready({ said, make }: Run): Promise<void> {
  await waitFor('ready', () => /^ready /m.test(said()) || make.exitCode !== null, 150_000)
  if (make.exitCode !== null) throw new Error(`make up ended: ${said().slice(-2_000)}`)
}

async function end({ make, pid }: Run, signal: NodeJS.Signals): Promise<number | null> {
  if (make.exitCode !== null || make.signalCode !== null) return make.exitCode
  process.kill(-pid, signal)
  await once(make, 'exit')
  return make.exitCode
}

const dev = (): DevFile => JSON.parse(readFileSync(join(home, 'dev.json'), 'utf8'))
const running = (pids: Readonly<Record<string, number>>) =>
  Object.keys(pids).filter((name) => processOf(pids[name] ?? 0))
const names = ['agents', 'audit', 'gateway', 'identity', 'integrations', 'postgres', 'redis', 'worker']

/** Signs in as the generated owner and lists the organization's agents, by name. */
async function agentNames(): Promise<string[]> {
  const { graphqlUrl, email, password } = dev()
  const ask = async (query: string, variables: object, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors } = (await response.json()) as { data: never; errors?: unknown }
    if (errors !== undefined) throw new Error(JSON.stringify(errors))
    return data as Record<string, never>
  }
  const signIn = 'mutation ($input: LoginInput!) { login(input: $input) { ... on SessionTokens { accessToken } } }'
  const { login } = await ask(signIn, { input: { email, password } })
  const { accessToken } = login as unknown as { accessToken: string }
  const { agents } = await ask('{ agents { edges { node { name } } } }', {}, { authorization: `Bearer ${accessToken}` })
  return (agents as unknown as { edges: { node: { name: string } }[] }).edges.map(({ node }) => node.name)
}

beforeAll(async () => {
  run = makeUp()
  await ready(run)
})

afterAll(async () => {
  await end(run, 'SIGTERM')
  remove()
})

test('make up answers through one endpoint, to the account that it generated', async () => {
  expect(statSync(join(home, 'dev.json')).mode & 0o777).toBe(0o600)
  expect(Object.keys(dev().pids).sort()).toEqual(names)
  expect(await agentNames()).toContain('security-digest')
  const { playgroundUrl, healthUrl, metricsUrl } = dev()
  for (const url of [playgroundUrl, healthUrl, metricsUrl]) expect((await fetch(url)).status).toBe(200)
})

test('a second make up on the same home says so in one sentence, and the first goes on', async () => {
  const second = makeUp()
  await once(second.make, 'close')
  expect(second.make.exitCode).not.toBe(0)
  expect(second.said()).toContain(`ForgeOps runs from ${home} already: stop it with Ctrl-C there first`)
  expect(running(dev().pids).sort()).toEqual(names)
})

test('a killed subgraph comes back', async () => {
  const before = dev().pids.agents ?? 0
  process.kill(before, 'SIGKILL')
  await waitFor('another agents process', () => dev().pids.agents !== before, 60_000)
  await waitFor('the agents again', () => agentNames().catch(() => undefined), 60_000)
})

test('after SIGKILL to its whole process group the next make up works and keeps the data', async () => {
  const { pids, password } = dev()
  await end(run, 'SIGKILL')
  run = makeUp()
  await ready(run)
  expect(running(pids)).toEqual([])
  expect(dev().password).toBe(password)
  expect(await agentNames()).toContain('security-digest')
})

test('SIGTERM to make stops everything and leaves no process', async () => {
  const { pids } = dev()
  run.make.kill('SIGTERM')
  await once(run.make, 'exit')
  await waitFor('nothing of it runs', () => running(pids).length === 0)
  expect(() => dev()).toThrow('ENOENT')
})
