import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from 'redis'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../tests/kit/temporary-folder.ts'
import { processOf } from './os-process.ts'
import { openRedis, type Redis } from './redis.ts'

async function open(home: string): Promise<Redis> {
  const redis = await openRedis({ home, log: () => undefined })
  onTestFinished(() => redis.close())
  return redis
}

async function ask(url: string, ...command: string[]): Promise<unknown> {
  const client = createClient({ url, socket: { reconnectStrategy: false } })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await client.sendCommand(command)
  } finally {
    client.destroy()
  }
}

test('a server killed with SIGKILL comes back on its port with its password', async () => {
  const home = temporaryFolder()
  const first = await open(home)
  process.kill(first.pid, 'SIGKILL')
  await first.ended
  const second = await open(home)
  expect(second.url).toBe(first.url)
  expect(await ask(second.url, 'PING')).toBe('PONG')
})

test('a server left running is ended before another starts', async () => {
  const home = temporaryFolder()
  const first = await open(home)
  const second = await open(home)
  expect(processOf(first.pid)).toBeUndefined()
  expect(second.url).toBe(first.url)
})

test('what it holds at a stop is there after the next start', async () => {
  const home = temporaryFolder()
  const first = await open(home)
  await ask(first.url, 'SET', 'hint', 'kept')
  await first.close()
  expect(await ask((await open(home)).url, 'GET', 'hint')).toBe('kept')
})

test('it listens on 127.0.0.1 alone and answers nobody without its password', async () => {
  const { url } = await open(temporaryFolder())
  expect(await ask(url, 'CONFIG', 'GET', 'bind')).toMatchObject({ bind: '127.0.0.1' })
  const stranger = new URL(url)
  stranger.password = ''
  await expect(ask(stranger.href, 'PING')).rejects.toThrow(/NOAUTH/)
})

test('its password stands in a file of its owner alone, and in no argument', async () => {
  const home = temporaryFolder()
  const { url, pid } = await open(home)
  expect(statSync(join(home, 'redis.json')).mode & 0o777).toBe(0o600)
  expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(new URL(url).password)
})
