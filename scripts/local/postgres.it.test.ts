import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { newTemporaryFolder, temporaryFolder } from '../../tests/kit/temporary-folder.ts'
import { movedFolder } from './data-place.ts'
import { makeHome } from './home.ts'
import { processOf } from './os-process.ts'
import { openPostgres, type Postgres } from './postgres.ts'

const isRoot = process.getuid?.() === 0

async function open(home: string, said: string[] = [], throwaway = true): Promise<Postgres> {
  const postgres = await openPostgres({ home, log: (line) => said.push(line), throwaway })
  onTestFinished(() => postgres.close())
  return postgres
}

/** Of a cluster that is made once: for what leaves it as good as it was. */
const { folder: shared, remove } = newTemporaryFolder()
afterAll(remove)

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

test('a server killed with SIGKILL comes back on its port with its data and its passwords', async () => {
  const home = shared
  const first = await open(home, [], false)
  await query(first.url, 'create table kept as select 7 as n')
  process.kill(first.pid, 'SIGKILL')
  const second = await open(home, [], false)
  expect(second.url).toBe(first.url)
  expect(await query(second.url, 'select n from kept')).toEqual([{ n: 7 }])
})

test('a server left running is ended and its data kept, even when no record of it stayed', async () => {
  const home = shared
  const first = await open(home)
  await query(first.url, 'create table left_running as select 7 as n')
  rmSync(join(home, 'processes.json'))
  const second = await open(home)
  expect(processOf(first.pid)).toBeUndefined()
  expect(await query(second.url, 'select n from left_running')).toEqual([{ n: 7 }])
})

test('a pid file that names a stranger hurts neither the stranger nor the start', async () => {
  const home = shared
  const first = await open(home)
  await first.close()
  writeFileSync(join(first.dataFolder, 'postmaster.pid'), `${process.pid}\n${first.dataFolder}\n`)
  await open(home)
  expect(processOf(process.pid)).toBeDefined()
})

test('it listens on 127.0.0.1 alone, without a socket file, and takes no password but its own', async () => {
  const { url, dataFolder } = await open(shared)
  const wrong = new URL(url)
  wrong.password = 'guess'
  await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' })
  expect(await query(url, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
  const socketFolder = readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n')[4]
  expect(socketFolder).toBe('')
})

test('the owner owns its database and may make roles, and is no superuser', async () => {
  const { url } = await open(shared)
  const sql = `select d.datname, r.rolname, r.rolsuper, r.rolcreaterole, r.rolbypassrls
    from pg_database d join pg_roles r on r.oid = d.datdba where d.datname = current_database()`
  const owner = { rolname: 'forgeops_owner', rolsuper: false, rolcreaterole: true, rolbypassrls: false }
  expect(await query(url, sql)).toEqual([{ datname: 'forgeops', ...owner }])
})

test('its passwords and its data are readable by their owners alone', async () => {
  const home = shared
  const { dataFolder } = await open(home)
  expect(statSync(join(home, 'postgres.json')).mode & 0o777).toBe(0o600)
  expect(statSync(join(home, 'logs/postgres.log')).mode & 0o777).toBe(0o600)
  expect(statSync(dataFolder).mode & 0o777).toBe(0o700)
})

test('under a folder closed to the database user the data goes elsewhere, said in one line, and no mode changes', async () => {
  const parent = temporaryFolder(0o700)
  const home = makeHome(join(parent, 'home'))
  onTestFinished(() => rmSync(movedFolder(home), { recursive: true, force: true }))
  const said: string[] = []
  const { dataFolder, url } = await open(home, said)
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(statSync(parent).mode & 0o777).toBe(0o700)
  const expected = isRoot ? join(movedFolder(home), 'postgres/data') : join(home, 'postgres/data')
  expect(dataFolder).toBe(expected)
  expect(said).toEqual(
    isRoot ? [`The database user cannot enter ${home}: the data is in ${movedFolder(home)}/postgres.`] : [],
  )
})

test('a cluster whose making was interrupted is made anew', async () => {
  const home = temporaryFolder()
  const { dataFolder, close } = await open(home)
  await close()
  renameSync(dataFolder, join(home, 'postgres/draft'))
  rmSync(join(home, 'postgres/draft/global'), { recursive: true })
  expect(await query((await open(home)).url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a database whose passwords are lost is set aside, not removed', async () => {
  const home = temporaryFolder()
  const first = await open(home)
  await first.close()
  rmSync(join(home, 'postgres.json'))
  const said: string[] = []
  await open(home, said)
  const aside = /it was set aside as (.*)\.$/.exec(said[0] ?? '')?.[1] ?? ''
  expect(readFileSync(join(aside, 'PG_VERSION'), 'utf8')).toMatch(/^\d+\n$/)
})

test('a server that cannot start says why in one sentence that names the remedy', async () => {
  const home = temporaryFolder()
  const first = await open(home)
  await first.close()
  rmSync(join(first.dataFolder, 'global'), { recursive: true })
  mkdirSync(join(first.dataFolder, 'global'))
  await expect(open(home)).rejects.toThrow(
    /^PostgreSQL does not start in .* \(.*\): see .*postgres\.log, or set DATABASE_URL\.$/,
  )
})
