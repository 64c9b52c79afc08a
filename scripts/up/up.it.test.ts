import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { newTemporaryFolder, temporaryFolder } from '../../tests/kit/temporary-folder.ts'
import { toyPlan } from '../../tests/kit/toy-house/toy-plan.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'
import { findFreePort } from '../local/free-port.ts'
import { processOf } from '../local/os-process.ts'

interface Launcher {
  readonly child: ChildProcess
  readonly pid: number
  out(): string
  err(): string
}

/** For one house after the other: none leaves anything running, and the data may stay. */
const { folder: home, remove } = newTemporaryFolder()
afterAll(remove)

async function launch(home: string, variables: Readonly<Record<string, string>> = {}): Promise<Launcher> {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const ports = { PORT: String(await findFreePort()), OPS_PORT: String(await findFreePort()) }
  const child = spawn(process.execPath, ['--import', 'tsx', 'tests/kit/toy-house/toy-up.ts'], {
    cwd: toyPlan.root,
    env: { PATH, ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }), ...ports, FORGEOPS_HOME: home, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk) => {
    out += chunk
  })
  child.stderr?.on('data', (chunk) => {
    err += chunk
  })
  const pid = child.pid ?? 0
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  return { child, pid, out: () => out, err: () => err }
}

async function launchUntilReady(): Promise<Launcher> {
  const launcher = await launch(home)
  await waitFor('ready', () => launcher.out().includes('\nready ') || launcher.out().startsWith('ready '))
  return launcher
}

const pidsOf = (home: string): Record<string, number> => JSON.parse(readFileSync(join(home, 'dev.json'), 'utf8')).pids
const running = (pids: Record<string, number>) => Object.keys(pids).filter((name) => processOf(pids[name] ?? 0))
const startsOf = (launcher: Launcher) => JSON.parse(launcher.out().match(/\{"msg":"migrated".*\}/)?.[0] ?? '{}').starts

test('ready and the address is the last line of the start, after bare JSON lines', async () => {
  const launcher = await launchUntilReady()
  const lines = launcher.out().trimEnd().split('\n')
  expect(lines.at(-1)).toMatch(/^ready http:\/\/localhost:\d+\/api\/graphql$/)
  expect(lines.slice(0, -1).map((line) => JSON.parse(line).msg)).toContain('started')
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s stops everything, with exit code 0', async (signal) => {
  const launcher = await launchUntilReady()
  const pids = pidsOf(home)
  process.kill(-launcher.pid, signal)
  const [code] = await once(launcher.child, 'exit')
  expect([code, running(pids), keepersOf(home)]).toEqual([0, [], []])
})

test('a launcher killed with its whole process group leaves nothing for long, and the next start keeps the data', async () => {
  const first = await launchUntilReady()
  const pids = pidsOf(home)
  process.kill(-first.pid, 'SIGKILL')
  await waitFor('everything ended', () => running(pids).length === 0)
  await waitFor('the keeper is gone', () => keepersOf(home).length === 0)
  const second = await launchUntilReady()
  expect(startsOf(second)).toBe(startsOf(first) + 1)
})

test('what is left when even the keeper was killed is ended by the next start, which keeps the data', async () => {
  const first = await launchUntilReady()
  const pids = pidsOf(home)
  for (const keeper of keepersOf(home)) process.kill(keeper, 'SIGKILL')
  process.kill(-first.pid, 'SIGKILL')
  await once(first.child, 'exit')
  expect(running(pids)).toHaveLength(Object.keys(pids).length)
  const second = await launchUntilReady()
  expect(running(pids)).toEqual([])
  expect(second.out()).toContain('Ended what an earlier start had left running: ')
  expect(startsOf(second)).toBe(startsOf(first) + 1)
})

test('a fault of set-up is one sentence on standard error and exit code 1', async () => {
  const launcher = await launch(temporaryFolder(), { PORT: 'four thousand' })
  const [code] = await once(launcher.child, 'close')
  expect([code, launcher.out(), launcher.err()]).toEqual([
    1,
    '',
    'PORT is "four thousand": set it to a port between 1 and 65535.\n',
  ])
})

/** Told by their command line: a keeper is in no file, since nothing but its starter's end concerns it. */
function keepersOf(home: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        return command.includes('keeper.ts') && command.includes(home)
      } catch {
        return false
      }
    })
    .map(Number)
}
