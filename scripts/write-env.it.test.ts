import { spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../tests/kit/temporary-folder.ts'
import { readEnvFile } from './env-file.ts'

test('a .env is written once, for its owner alone, with every secret', () => {
  const folder = temporaryFolder()
  copyFileSync('.env.example', join(folder, '.env.example'))
  const write = () =>
    spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), resolve('scripts/write-env.ts')], {
      cwd: folder,
      encoding: 'utf8',
    })
  const first = write()
  expect([first.status, first.stderr]).toEqual([0, ''])
  const text = readFileSync(join(folder, '.env'), 'utf8')
  expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600)
  const empty = readEnvFile(text).filter(({ value }) => value === '')
  // Mail is INACTIVE until somebody names a server.
  const withoutMail = ['SMTP_URL', 'ACCOUNT_URL']
  expect(empty.map(({ name }) => name).filter((name) => /KEY$|_URL$/.test(name))).toEqual(withoutMail)
  expect(first.stdout).not.toContain(readEnvFile(text).find(({ name }) => name === 'WORKER_REQUEST_KEY')?.value)

  const second = write()
  expect([second.status, second.stderr]).toEqual([1, expect.stringContaining('There is a .env already')])
  expect(readFileSync(join(folder, '.env'), 'utf8')).toBe(text)
})
