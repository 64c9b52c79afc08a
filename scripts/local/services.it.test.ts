import { Client } from 'pg'
import { createClient } from 'redis'
import { expect, inject, test } from 'vitest'

test('the run has a PostgreSQL whose owner role may make roles and is no superuser', async () => {
  const client = new Client({ connectionString: inject('databaseUrl') })
  await client.connect()
  const { rows } = await client.query('select rolsuper, rolcreaterole from pg_roles where rolname = current_user')
  await client.end()
  expect(rows).toEqual([{ rolsuper: false, rolcreaterole: true }])
})

test('the run has a Redis that asks for its password', async () => {
  const url = new URL(inject('redisUrl'))
  const client = createClient({ url: url.href })
  await client.connect()
  expect(await client.ping()).toBe('PONG')
  await client.close()
  url.password = ''
  const stranger = createClient({ url: url.href, socket: { reconnectStrategy: false } })
  stranger.on('error', () => undefined)
  await expect(stranger.connect().then(() => stranger.ping())).rejects.toThrow(/NOAUTH/)
  stranger.destroy()
})
