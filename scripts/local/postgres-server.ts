import { existsSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { readIfPresent } from './atomic-file.ts'
import { type Daemon, startDaemon } from './child.ts'
import type { OsUser } from './data-place.ts'
import { findFreePort } from './free-port.ts'
import { endProcess, processOf } from './os-process.ts'
import { recordProcess, stages } from './process-record.ts'
import { SetUpError } from './set-up-error.ts'

/** A postmaster works in its data folder, which tells it from another process that was given the id in its pid file. */
export async function endLeftBehind(data: string): Promise<void> {
  const pidFile = join(data, 'postmaster.pid')
  const pid = Number(readIfPresent(pidFile)?.split('\n')[0])
  // Without /proc nobody can be told apart: PostgreSQL judges its pid file itself then.
  if (!(pid > 1) || !existsSync('/proc/self/cwd')) return
  const left = processOf(pid)
  if (left !== undefined && worksIn(pid, data)) await endProcess(left, 'SIGINT', 15_000)
  rmSync(pidFile, { force: true })
}

function worksIn(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder)
  } catch {
    return false
  }
}

export interface ServerOptions {
  /** The program. */
  readonly postgres: string
  readonly data: string
  readonly user: OsUser | undefined
  readonly home: string
  readonly superuserPassword: string
  /** Taken when it is free. */
  readonly preferredPort: number | undefined
  /** This port or none. */
  readonly fixedPort: number | undefined
  readonly throwaway: boolean
}

/**
 * Starts a server on its cluster and resolves when it answers.
 *
 * @throws SetUpError with the server's own last words
 */
export async function startServer(options: ServerOptions): Promise<{ daemon: Daemon; port: number }> {
  const { postgres, data, user, home, fixedPort, preferredPort, throwaway, superuserPassword } = options
  const settings: Readonly<Record<string, string>> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    password_encryption: 'scram-sha-256',
    ...(throwaway ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const deadline = Date.now() + 60_000
  let port = fixedPort ?? (await findFreePort(preferredPort))
  for (;;) {
    const logFile = join(home, 'logs', 'postgres.log')
    const daemon = startDaemon(postgres, ['-D', data, '-p', String(port), ...flags], { user, cwd: data, logFile })
    recordProcess(home, { name: 'postgres', pid: daemon.pid, stage: stages.postgres, signal: 'SIGINT' })
    if (await answers(daemon, superuserUrl(port, superuserPassword), deadline)) return { daemon, port }
    await stopServer(daemon)
    const words = daemon.lastWords(5)
    // Sessions of a killed server hold its shared memory for a moment after it; a port can be taken since it was found.
    const passing = /shared memory block .* still in use|could not bind/.test(words)
    if (!passing || Date.now() > deadline) {
      throw new SetUpError(`PostgreSQL does not start in ${data} (${words}): see ${logFile}, or set DATABASE_URL.`)
    }
    if (words.includes('bind')) port = fixedPort ?? (await findFreePort())
    await pause(100)
  }
}

// SIGINT is PostgreSQL's fast shutdown: it ends sessions, writes a checkpoint and exits.
export const stopServer = (daemon: Daemon): Promise<void> => daemon.stop('SIGINT', 15_000)

export const superuserUrl = (port: number, password: string): string =>
  `postgres://postgres:${password}@127.0.0.1:${port}/postgres`

async function answers(daemon: Daemon, connectionString: string, deadline: number): Promise<boolean> {
  while (!daemon.hasEnded() && Date.now() < deadline) {
    const client = new Client({ connectionString, connectionTimeoutMillis: 5_000 })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.end()
      return true
    } catch (error) {
      if ((error as { code?: string }).code === wrongPassword) return false
      await pause(15)
    }
  }
  return false
}

const wrongPassword = '28P01'
