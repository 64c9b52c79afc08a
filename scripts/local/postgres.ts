import { randomBytes } from 'node:crypto'
import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { readIfPresent, replaceFile } from './atomic-file.ts'
import { type DataPlace, dataPlace } from './data-place.ts'
import { postgresBinaries } from './postgres-binaries.ts'
import { makeCluster } from './postgres-cluster.ts'
import { endLeftBehind, startServer, stopServer, superuserUrl } from './postgres-server.ts'
import { endRecorded } from './process-record.ts'

export interface PostgresOptions {
  /** Absolute path of a folder claimed by this process (home.ts). */
  readonly home: string
  readonly log: (line: string) => void
  /** For tests: nothing is flushed to the disk. */
  readonly throwaway?: boolean
  /** For a restart under processes that know it already: this port or none. */
  readonly port?: number
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
  await endRecorded(options.home, { name: 'postgres' })
  await endLeftBehind(join(place.folder, 'data'))
  const state = stateOf(options, place)
  const { superuserPassword } = state
  const throwaway = options.throwaway === true
  const data = await makeCluster(place.folder, binaries.initdb, superuserPassword, place.user, throwaway)
  const { daemon, port } = await startServer({
    postgres: binaries.postgres,
    data,
    user: place.user,
    home: options.home,
    superuserPassword,
    preferredPort: state.port === 0 ? undefined : state.port,
    fixedPort: options.port,
    throwaway,
  })
  try {
    const url = await prepare(port, state)
    replaceFile(join(options.home, 'postgres.json'), JSON.stringify({ ...state, port }))
    return { url, pid: daemon.pid, dataFolder: data, ended: daemon.ended, close: () => stopServer(daemon) }
  } catch (error) {
    await stopServer(daemon)
    throw error
  }
}

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

/** Makes the owner role and its database unless they are there. */
async function prepare(port: number, state: State): Promise<string> {
  const client = new Client({ connectionString: superuserUrl(port, state.superuserPassword) })
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
