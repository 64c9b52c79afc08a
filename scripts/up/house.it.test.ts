import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { newTemporaryFolder, temporaryFolder } from '../../tests/kit/temporary-folder.ts'
import { toyPlan } from '../../tests/kit/toy-house/toy-plan.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'
import { portState } from '../local/free-port.ts'
import { processOf } from '../local/os-process.ts'
import { type House, type HouseOptions, startHouse } from './house.ts'

interface Started {
  readonly house: House
  readonly home: string
}

async function start(options: Partial<HouseOptions> = {}): Promise<Started> {
  const home = options.home ?? temporaryFolder()
  const house = await startHouse({ plan: toyPlan, throwaway: true, ...options, home })
  onTestFinished(() => house.stop())
  return { house, home }
}

// One house for what leaves it as it was.
const said: string[] = []
const { folder, remove } = newTemporaryFolder()
let house: House
beforeAll(async () => {
  house = await startHouse({ plan: toyPlan, throwaway: true, home: folder, say: (line) => said.push(line) })
})
afterAll(async () => {
  await house.stop()
  remove()
})

/** For one house after the other, with the data of the first. */
const { folder: spare, remove: removeSpare } = newTemporaryFolder()
afterAll(removeSpare)

const devFile = (home: string) => JSON.parse(readFileSync(join(home, 'dev.json'), 'utf8'))
const alive = (pids: Readonly<Record<string, number>>) => Object.keys(pids).filter((name) => processOf(pids[name] ?? 0))

test('a house that is ready says so in dev.json, readable by its owner alone', async () => {
  expect(statSync(join(folder, 'dev.json')).mode & 0o777).toBe(0o600)
  const port = new URL(house.dev.graphqlUrl).port
  expect(devFile(folder)).toEqual({
    graphqlUrl: `http://localhost:${port}/api/graphql`,
    playgroundUrl: `http://localhost:${port}/api/playground`,
    healthUrl: `http://localhost:${port}/api/health`,
    metricsUrl: `http://localhost:${house.env.OPS_PORT}/metrics`,
    email: 'owner@example.com',
    password: expect.stringMatching(/^.{36}$/),
    pids: house.pids,
  })
  expect(Object.keys(house.pids).sort()).toEqual(['agents', 'gateway', 'identity', 'postgres', 'redis', 'worker'])
  expect((await fetch(house.dev.healthUrl)).status).toBe(200)
})

test('a house is stopped in order, gateway first and PostgreSQL last, and leaves no process', async () => {
  const { house, home } = await start({ home: spare, workers: 2 })
  const { pids } = house
  expect(Object.keys(pids)).toContain('worker-2')
  const stopping = house.stop()
  const first = await waitFor('the first stop', () => {
    const running = alive(pids)
    return running.length < Object.keys(pids).length && running
  })
  expect(first).toEqual(expect.arrayContaining(['postgres', 'redis']))
  await stopping
  const name = (pid: string) => Object.keys(pids).find((key) => pids[key] === Number(pid))
  const stops = readFileSync(join(home, 'stops'), 'utf8').trimEnd().split('\n')
  const order = stops.map((line) => `${name(line.split(' ')[0] ?? '')} ${line.split(' ')[1]}`)
  expect(order.slice(0, 2)).toEqual(['gateway asked', 'gateway done'])
  expect(order.slice(2, 6).sort()).toEqual(['worker asked', 'worker done', 'worker-2 asked', 'worker-2 done'])
  expect(order.slice(6).sort()).toEqual(['agents asked', 'agents done', 'identity asked', 'identity done'])
  expect(alive(pids)).toEqual([])
  expect(() => devFile(home)).toThrow('ENOENT')
})

test.each(['worker', 'gateway', 'postgres', 'redis'])(
  'a killed %s is started again and dev.json follows',
  async (name) => {
    const before = house.pids
    process.kill(before[name] ?? 0, 'SIGKILL')
    await waitFor(`another ${name}`, () => devFile(folder).pids[name] !== before[name])
    expect(devFile(folder).pids).toEqual(house.pids)
    expect(alive(house.pids)).toHaveLength(Object.keys(before).length)
    expect({ ...house.pids, [name]: 0 }).toEqual({ ...before, [name]: 0 })
    expect(said.join('\n')).toContain(`${name} ended`)
    const client = new Client({ connectionString: house.env.DATABASE_URL })
    await client.connect()
    await client.end()
  },
)

test('a second start of the same home is refused in one sentence, and the first goes on unharmed', async () => {
  await expect(startHouse({ plan: toyPlan, throwaway: true, home: folder })).rejects.toThrow(
    /^ForgeOps runs from .* already: stop it.*\.$/,
  )
  expect(alive(house.pids)).toHaveLength(Object.keys(house.pids).length)
  expect(devFile(folder).pids).toEqual(house.pids)
})

test('a second start after a stop keeps the data, the secrets and the account', async () => {
  const { house, home } = await start()
  const { IDENTITY_SECRETS_KEY, DATABASE_URL } = house.env
  const { password } = house.dev
  await house.stop()
  const again = await start({ home })
  expect(again.house.env).toMatchObject({ IDENTITY_SECRETS_KEY, DATABASE_URL })
  expect(again.house.dev.password).toBe(password)
  const client = new Client({ connectionString: DATABASE_URL })
  await client.connect()
  const { rows } = await client.query('select count(*)::int as starts from starts')
  await client.end()
  expect(rows).toEqual([{ starts: 2 }])
})

test('a taken port is refused in one sentence before anything runs', async () => {
  const port = Number(new URL(house.dev.graphqlUrl).port)
  const home = temporaryFolder()
  const second = startHouse({ plan: toyPlan, throwaway: true, home, port })
  await expect(second).rejects.toThrow(`Port ${port} is taken: stop what listens there, or choose another with PORT=`)
  expect(() => readFileSync(join(home, 'processes.json'))).toThrow('ENOENT')
})

test('two ports that are one are refused in one sentence', async () => {
  const both = { port: 4_000, opsPort: 4_000 }
  await expect(startHouse({ plan: toyPlan, home: temporaryFolder(), ...both })).rejects.toThrow(
    'PORT and OPS_PORT are both 4000: set one of them to another port.',
  )
})

test('a process that ends while it starts stops the whole start, with its own last word', async () => {
  const home = spare
  const broken = {
    ...toyPlan,
    processes: toyPlan.processes.map((p) => ({ ...p, entry: 'tests/kit/toy-house/toy-broken.ts' })),
  }
  await expect(startHouse({ plan: broken, throwaway: true, home })).rejects.toThrow(
    /^\w+ ended while it started \(exit code 3\): no luck$/,
  )
  await expectNothingLeft(home)
})

test('a step that fails stops the start, by name', async () => {
  const home = spare
  const broken = { ...toyPlan, steps: [{ name: 'migrate', entry: 'tests/kit/toy-house/toy-broken.ts' }] }
  await expect(startHouse({ plan: broken, throwaway: true, home })).rejects.toThrow(
    'migrate failed (exit code 3): no luck',
  )
  await expectNothingLeft(home)
})

test('a start that is given up leaves nothing running, and the next one works', async () => {
  const home = temporaryFolder()
  const stop = new AbortController()
  const onLine = () => stop.abort(new Error('given up'))
  await expect(startHouse({ plan: toyPlan, throwaway: true, home, signal: stop.signal, onLine })).rejects.toThrow(
    'given up',
  )
  await expectNothingLeft(home)
  await start({ home })
})

test('given services are used as they are and not stopped', async () => {
  const { DATABASE_URL = '', REDIS_URL = '' } = house.env
  const second = await start({ env: { DATABASE_URL, REDIS_URL } })
  expect(second.house.env).toMatchObject({ DATABASE_URL, REDIS_URL })
  expect(Object.keys(second.house.pids).sort()).toEqual(['agents', 'gateway', 'identity', 'worker'])
  await second.house.stop()
  expect(await portState(Number(new URL(DATABASE_URL).port))).toBe('taken')
})

async function expectNothingLeft(home: string): Promise<void> {
  const recorded = JSON.parse(readFileSync(join(home, 'processes.json'), 'utf8')) as { name: string; pid: number }[]
  expect(recorded.length).toBeGreaterThan(0)
  expect(recorded.filter(({ pid }) => processOf(pid) !== undefined)).toEqual([])
  expect(() => devFile(home)).toThrow('ENOENT')
}

test('what the gateway keeps for its next start lies in the home', () => {
  expect(house.env.GATEWAY_STATE_DIR).toBe(join(folder, 'gateway'))
})
