import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from 'redis'
import { createFileOnce, replaceFile } from './atomic-file.ts'
import { type Daemon, startDaemon } from './child.ts'
import { dataPlace } from './data-place.ts'
import { findFreePort } from './free-port.ts'
import { endRecorded, recordProcess, stages } from './process-record.ts'
import { redisProgram } from './redis-program.ts'
import { SetUpError } from './set-up-error.ts'

export interface RedisOptions {
  /** Absolute path of a folder claimed by this process (home.ts). */
  readonly home: string
  readonly log: (line: string) => void
  /** For a restart under processes that know it already: this port or none. */
  readonly port?: number
}

export interface Redis {
  readonly url: string
  readonly pid: number
  /** Resolves when the server has ended, whatever the reason. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

interface State {
  readonly port: number
  readonly password: string
}

/**
 * Opens the Redis of a home on 127.0.0.1, on the port of last time when that is free; one that
 * an earlier start left behind is ended first. It keeps a snapshot only: what it holds are hints, and PostgreSQL is the
 * truth. Its random password stands in `<home>/redis.json` (0600) and is handed to it on standard input.
 *
 * @throws SetUpError when there is none and none can be installed, or when it does not start
 */
export async function openRedis({ home, log, port: fixedPort }: RedisOptions): Promise<Redis> {
  const program = redisProgram({ home, log, path: process.env.PATH ?? '', isRoot: process.getuid?.() === 0 })
  const { folder, user } = dataPlace(home, 'redis')
  await endRecorded(home, { name: 'redis' })
  const stateFile = join(home, 'redis.json')
  const fresh = (): string => JSON.stringify({ port: 0, password: randomBytes(24).toString('base64url') })
  const state = JSON.parse(createFileOnce(stateFile, fresh)) as State
  const logFile = join(home, 'logs', 'redis.log')
  let port = fixedPort ?? (await findFreePort(state.port === 0 ? undefined : state.port))
  for (let attempt = 1; ; attempt += 1) {
    const input = configuration(port, state.password)
    const argv0 = 'redis-server'
    const daemon = startDaemon(program.path, ['-'], { env: program.env, logFile, user, cwd: folder, argv0, input })
    recordProcess(home, { name: 'redis', pid: daemon.pid, stage: stages.redis, signal: 'SIGTERM' })
    const url = `redis://:${state.password}@127.0.0.1:${port}`
    if (await answers(daemon, url)) {
      replaceFile(stateFile, JSON.stringify({ ...state, port }))
      return { url, pid: daemon.pid, ended: daemon.ended, close: () => stop(daemon) }
    }
    await stop(daemon)
    const words = daemon.lastWords()
    if (attempt === 3 || !words.includes('in use')) {
      throw new SetUpError(`Redis does not start (${words}): see ${logFile}, or set REDIS_URL to a Redis of yours.`)
    }
    port = fixedPort ?? (await findFreePort())
  }
}

const stop = (daemon: Daemon) => daemon.stop('SIGTERM', 10_000)

function configuration(port: number, password: string): string {
  const settings = {
    bind: '127.0.0.1',
    port,
    requirepass: password,
    appendonly: 'no',
    save: '300 1',
    'stop-writes-on-bgsave-error': 'no',
    'maxmemory-policy': 'noeviction',
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('')
}

async function answers(daemon: Daemon, url: string): Promise<boolean> {
  const deadline = Date.now() + 15_000
  while (!daemon.hasEnded() && Date.now() < deadline) {
    const client = createClient({ url, socket: { reconnectStrategy: false, connectTimeout: 2_000 } })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.ping()
      await client.close()
      return true
    } catch {
      client.destroy()
      await pause(15)
    }
  }
  return false
}
