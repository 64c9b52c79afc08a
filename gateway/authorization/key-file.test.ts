import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLogger } from '#platform/log/logger'
import { temporaryFolder } from '../../tests/kit/temporary-folder.ts'
import { KeyFile, type KeyFileOptions } from './key-file.ts'
import type { KeySet } from './key-set.ts'

const key = (kid: string) => ({ kty: 'OKP', crv: 'Ed25519', x: randomBytes(32).toString('base64url'), kid }) as const
const set: KeySet = { keys: [key('one'), key('two')] }
const secrets = new Map([
  ['identity', randomBytes(32)],
  ['audit', randomBytes(32)],
])

function keyFile(options: Partial<KeyFileOptions> = {}, now?: () => number) {
  const lines: string[] = []
  const sink = { write: (line: string) => void lines.push(line) }
  const log = createLogger({ service: 'test', version: '0', environment: 'test', level: 'info' }, sink)
  const folder = options.folder ?? join(temporaryFolder(), 'state')
  const file = new KeyFile({ folder, issuer: 'https://api.example.com', secrets, log, ...options }, now)
  return { file, lines, folder, path: join(folder, 'token-keys') }
}
async function saved() {
  const one = keyFile()
  await one.file.save(set)
  return one
}

test('keys saved are there for the next process, readable by its owner alone, and no draft is left', async () => {
  const { folder, path, lines } = await saved()
  expect(await keyFile({ folder }).file.load()).toEqual(set)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(readdirSync(folder)).toEqual(['token-keys'])
  expect(lines).toEqual([])
})

test('the order in which secrets are named does not matter, each of them does', async () => {
  const { folder } = await saved()
  expect(await keyFile({ folder, secrets: new Map([...secrets].reverse()) }).file.load()).toEqual(set)
  const { audit = Buffer.alloc(0) } = Object.fromEntries(secrets)
  expect(await keyFile({ folder, secrets: new Map([['audit', audit]]) }).file.load()).toBeNull()
})

test('without a file there are no keys, and nothing to complain of', async () => {
  const { file, lines } = keyFile()
  expect(await file.load()).toBeNull()
  expect(lines).toEqual([])
})

const foreign = JSON.stringify({ issuer: 'https://api.example.com', savedAt: new Date().toISOString(), ...set })
const damages: [string, (text: string) => string][] = [
  ['in which a key was exchanged', (text) => text.replace(set.keys[0]?.x ?? '', key('x').x)],
  ['whose age was changed', (text) => text.replace(/"savedAt":"\d{4}/, '"savedAt":"9999')],
  ['that was cut off', (text) => text.slice(0, -20)],
  ['with something added', (text) => `${text}{}`],
  ['with a made-up proof', () => `${randomBytes(32).toString('base64url')}\n${foreign}\n`],
  ['without a proof', () => foreign],
  ['that is empty', () => ''],
  ['that is no text', () => randomBytes(500).toString('latin1')],
  ['that is too large', (text) => text + ' '.repeat(300_000)],
]
test.each(damages)('a file %s is ignored, and the log says so without quoting it', async (_what, damage) => {
  const { folder, path } = await saved()
  writeFileSync(path, damage(readFileSync(path, 'utf8')))
  const { file, lines } = keyFile({ folder })
  expect(await file.load()).toBeNull()
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('a kept file is ignored')
  expect(lines[0]).not.toContain(set.keys[1]?.x)
})

test('a file of another house or issuer is ignored', async () => {
  const { folder } = await saved()
  const others = new Map([...secrets.keys()].map((name) => [name, randomBytes(32)]))
  expect(await keyFile({ folder, secrets: others }).file.load()).toBeNull()
  expect(await keyFile({ folder, issuer: 'https://other.example.com' }).file.load()).toBeNull()
})

test('a file older than a day is ignored: a withdrawn key does not come back with it', async () => {
  const { folder } = await saved()
  const dayMs = 86_400_000
  expect(await keyFile({ folder }, () => Date.now() + dayMs - 60_000).file.load()).toEqual(set)
  expect(await keyFile({ folder }, () => Date.now() + dayMs + 1).file.load()).toBeNull()
})

test('a disk that refuses costs a line in the log and nothing else', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'in-the-way'), '')
  const { file, lines } = keyFile({ folder: join(folder, 'in-the-way') })
  await file.save(set)
  expect(await file.load()).toBeNull()
  expect(lines.join('')).toContain('a file could not be kept')
  const taken = keyFile({ folder })
  mkdirSync(taken.path)
  await taken.file.save(set)
  expect(readdirSync(folder).sort()).toEqual(['in-the-way', 'token-keys'])
})
