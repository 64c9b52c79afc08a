import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { builtModule, builtRoot } from './build.ts'
import { waitFor } from './wait-for.ts'

export interface LogLine extends Record<string, unknown> {
  readonly msg: string
  readonly urls?: readonly string[]
}

export interface GatewayProcess {
  readonly child: ChildProcess
  /** What it logged so far. */
  lines(): readonly LogLine[]
  /** What it wrote to standard error. */
  errors(): string
  /** Its exit code once it has ended; null when a signal ended it. */
  exit(): Promise<number | null>
  /** Origin of its public listener, once it listens. */
  url(): Promise<string>
  /** Origin of its metrics, once it listens. */
  opsUrl(): Promise<string>
}

/** Starts the gateway with these variables and nothing else but what a process needs: no database, no Redis. */
export function startGateway(variables: Readonly<Record<string, string>>): GatewayProcess {
  const { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE } = process.env
  const inherited = Object.entries({ PATH, HOME, TMPDIR, NODE_COMPILE_CACHE }).filter(
    ([, value]) => value !== undefined,
  )
  const env = {
    ...Object.fromEntries(inherited),
    PORT: '0',
    OPS_PORT: '0',
    SHUTDOWN_DELAY_MS: '0',
    RATE_LIMIT_PER_ADDRESS: 'off',
    ...variables,
  }
  const child = spawn(process.execPath, [builtModule('gateway/main.ts')], { cwd: builtRoot, env })
  const closed = once(child, 'close')
  let [out, err] = ['', '']
  child.stdout.on('data', (data) => {
    out += data
  })
  child.stderr.on('data', (data) => {
    err += data
  })
  const lines = () =>
    out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LogLine)
  const started = () =>
    waitFor('the gateway has started', () => lines().find(({ msg }) => msg === 'started')?.urls ?? false, 60_000)
  return {
    child,
    lines,
    errors: () => err,
    exit: async () => (await closed)[0] as number | null,
    url: async () => (await started()).at(-1) ?? '',
    opsUrl: async () => (await started())[0] ?? '',
  }
}
