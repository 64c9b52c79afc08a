import { randomBytes } from 'node:crypto'
import { existsSync, readlinkSync, realpathSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { readIfPresent, replaceFile } from './atomic-file.ts'
import { type Daemon, startDaemon } from './child.ts'
import { type DataPlace, dataPlace } from './data-place.ts'
import { findFreePort } from './free-port.ts'
import { endProcess, processOf } from './os-process.ts'
import { type PostgresBinaries, postgresBinaries } from './postgres-binaries.ts'
import { makeCluster } from './postgres-cluster.ts'
import { endRecorded, recordProcess, stages } from './process-record.ts'
import { SetUpError } from './set-up-error.ts'

export interface PostgresOptions {
  /** Absolute path of a folder claimed by this process (home.ts). */
  readonly home: string
  readonly log: (line: string) => void
  /** For tests: nothing is flushed to the disk. */
  readonly throwaway?: boolean
}

export interface Postgres {
  /** The owner's: role `forgeops_owner`, which has CREATEROLE and owns the database `forgeops`; no superuser. */
  readonly url: string
  readonly pid: number
  readonly dataFolder: string
  /** Resolves when the server has ended, whatever the reason. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

interface State {
  readonly port: number
  readonly superuserPassword: string
  readonly ownerPassword: string
}

const owner = 'forgeops_owner'
const database = 'forgeops'

/**
 * Opens the PostgreSQL of a home: makes its cluster the first time, ends a server that an earlier start left behind
 * (its data stays), listens on 127.0.0.1 only, on the port of last time when that is free, without a Unix socket.
 * Passwords are random and stand in `<home>/postgres.json` (0600).
 *
 * @throws SetUpError when it cannot run here
 */
export async function openPostgres(options: PostgresOptions): Promise<Postgres> {
  const place = dataPlace(options.home, 'postgres')
  if (place.moved) options.log(`The database user cannot enter ${options.home}: the data is in ${place.folder}.`)
  const binaries = postgresBinaries(place.user)
  await endRecorded(options.home, 'postgres')
  await endLeftBehind(join(place.folder, 'data'))
  const state = stateOf(options, place)
  const data = await makeCluster(
    place.folder,
    binaries.initdb,
    state.superuserPassword,
    place.user,
    options.throwaway === true,
  )
  const { daemon, port } = await start(options, place, binaries, data, state)
  try {
    const url = await prepare(port, state)
    replaceFile(join(options.home, 'postgres.json'), JSON.stringify({ ...state, port }))
    return { url, pid: daemon.pid, dataFolder: data, ended: daemon.ended, close: () => stop(daemon) }
  } catch (error) {
    await stop(daemon)
    throw error
  }
}

// SIGINT is PostgreSQL's fast shutdown: it ends sessions, writes a checkpoint and exits.
const stop = (daemon: Daemon) => daemon.stop('SIGINT', 15_000)

function stateOf(options: PostgresOptions, place: DataPlace): State {
  const text = readIfPresent(join(options.home, 'postgres.json'))
  if (text !== undefined) return JSON.parse(text) as State
  const data = join(place.folder, 'data')
  if (existsSync(data)) {
    const aside = join(place.folder, `set-aside-${Date.now()}`)
    renameSync(data, aside)
    options.log(`The passwords of the database in ${place.folder} are gone: it was set aside as ${aside}.`)
  }
  const state = { port: 0, superuserPassword: password(), ownerPassword: password() }
  replaceFile(join(options.home, 'postgres.json'), JSON.stringify(state))
  return state
}

const password = () => randomBytes(24).toString('base64url')

/** A postmaster works in its data folder, which tells it from another process that was given the id in its pid file. */
async function endLeftBehind(data: string): Promise<void> {
  const pidFile = join(data, 'postmaster.pid')
  const pid = Number(readIfPresent(pidFile)?.split('\n')[0])
  if (!(pid > 1)) return
  const left = processOf(pid)
  if (left !== undefined && worksIn(pid, data)) await endProcess(left, 'SIGINT', 15_000)
  rmSync(pidFile, { force: true })
}

function worksIn(pid: number, folder: string): boolean {
  if (!existsSync('/proc/self/cwd')) return true
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder)
  } catch {
    return false
  }
}

async function start(
  { home, throwaway }: PostgresOptions,
  { user }: DataPlace,
  { postgres }: PostgresBinaries,
  data: string,
  state: State,
): Promise<{ daemon: Daemon; port: number }> {
  const settings: Readonly<Record<string, string>> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    password_encryption: 'scram-sha-256',
    ...(throwaway === true ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const deadline = Date.now() + 60_000
  let port = await findFreePort(state.port === 0 ? undefined : state.port)
  for (;;) {
    const logFile = join(home, 'logs', 'postgres.log')
    const daemon = startDaemon(postgres, ['-D', data, '-p', String(port), ...flags], { user, cwd: data, logFile })
    recordProcess(home, { name: 'postgres', pid: daemon.pid, stage: stages.data, signal: 'SIGINT' })
    if (await answers(daemon, port, state, deadline)) return { daemon, port }
    await stop(daemon)
    const words = daemon.lastWords(5)
    // Sessions of a killed server hold its shared memory for a moment after it; a port can be taken since it was found.
    const passing = /shared memory block .* still in use|Address already in use|could not bind/.test(words)
    if (!passing || Date.now() > deadline) {
      throw new SetUpError(`PostgreSQL does not start in ${data} (${words}): see ${logFile}, or set DATABASE_URL.`)
    }
    if (words.includes('bind') || words.includes('in use: ')) port = await findFreePort()
    await pause(100)
  }
}

async function answers(daemon: Daemon, port: number, state: State, deadline: number): Promise<boolean> {
  while (!daemon.hasEnded() && Date.now() < deadline) {
    const client = superuser(port, state)
    try {
      await client.connect()
      await client.end()
      return true
    } catch {
      await pause(15)
    }
  }
  return false
}

function superuser(port: number, state: State): Client {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password: state.superuserPassword,
    database: 'postgres',
    connectionTimeoutMillis: 5_000,
  })
  client.on('error', () => undefined)
  return client
}

/** Makes the owner role and its database unless they are there. */
async function prepare(port: number, state: State): Promise<string> {
  const client = superuser(port, state)
  await client.connect()
  try {
    const has = async (sql: string, name: string) => (await client.query(sql, [name])).rowCount === 1
    const verb = (await has('select 1 from pg_roles where rolname = $1', owner)) ? 'alter' : 'create'
    await client.query(`${verb} role ${owner} login createrole password '${state.ownerPassword}'`)
    if (!(await has('select 1 from pg_database where datname = $1', database))) {
      await client.query(`create database ${database} owner ${owner}`)
    }
  } finally {
    await client.end()
  }
  return `postgres://${owner}:${state.ownerPassword}@127.0.0.1:${port}/${database}`
}
