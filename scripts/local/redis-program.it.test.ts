import { spawnSync } from 'node:child_process'
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../tests/kit/temporary-folder.ts'
import { redisProgram } from './redis-program.ts'

const log = () => undefined

function program(folder: string, name: string): string {
  const path = join(folder, name)
  writeFileSync(path, '#!/bin/sh\n')
  chmodSync(path, 0o755)
  return path
}

test('a Redis or Valkey on the PATH is used as it is', () => {
  const folder = temporaryFolder()
  const path = program(folder, 'valkey-server')
  expect(redisProgram({ home: temporaryFolder(), log, path: folder, isRoot: false }).path).toBe(path)
})

test('without any, and without a package manager, one sentence says what to install', () => {
  const search = { home: temporaryFolder(), log, path: temporaryFolder(), isRoot: true }
  expect(() => redisProgram(search)).toThrow(
    'No Redis was found: install redis-server or valkey-server, or set REDIS_URL to a Redis of yours.',
  )
})

test("a user who may install nothing gets Debian's Redis unpacked into the home, and it runs from there", () => {
  const home = temporaryFolder()
  const path = temporaryFolder()
  symlinkSync('/usr/bin/apt-get', join(path, 'apt-get'))
  const said: string[] = []
  const search = { home, log: (line: string) => said.push(line), path, isRoot: false }
  const found = redisProgram(search)
  expect(found.path.startsWith(home)).toBe(true)
  const run = spawnSync(found.path, ['--version'], { argv0: 'redis-server', env: { ...found.env }, encoding: 'utf8' })
  expect(run.stdout).toMatch(/^Redis server v=/)
  expect(redisProgram(search)).toEqual(found)
  expect(said).toHaveLength(1)
})
