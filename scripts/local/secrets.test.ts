import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../tests/kit/temporary-folder.ts'
import { generateSecrets, readOrCreateSecrets } from './secrets.ts'

test('two starters of one home get the same secrets, and a later one too', () => {
  const home = temporaryFolder()
  const [one, two] = [readOrCreateSecrets(home), readOrCreateSecrets(home)]
  expect(one).toEqual(two)
  expect(readOrCreateSecrets(home)).toEqual(one)
  expect(statSync(join(home, 'secrets.json')).mode & 0o777).toBe(0o600)
})

test('a home of an older version gets the secrets that it lacks, and keeps what it has and still needs', () => {
  const home = temporaryFolder()
  const path = join(home, 'secrets.json')
  const { identitySecretsKey: _lacking, ...older } = generateSecrets()
  const { forgeops_sweep: _too, ...rolePasswords } = older.rolePasswords
  writeFileSync(path, JSON.stringify({ ...older, rolePasswords, tokenSigningKey: 'of no use' }), { mode: 0o600 })
  const completed = readOrCreateSecrets(home)
  expect(completed).toMatchObject({ ...older, rolePasswords })
  expect(Buffer.from(completed.identitySecretsKey, 'base64')).toHaveLength(32)
  expect(completed.rolePasswords.forgeops_sweep).toMatch(/^.{32}$/)
  expect(readOrCreateSecrets(home)).toEqual(completed)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readFileSync(path, 'utf8')).not.toContain('of no use')
})

test('no two homes share a secret', () => {
  const values = (secrets: object): string[] =>
    Object.values(secrets).flatMap((value) => (typeof value === 'string' ? [value] : values(value)))
  const all = [...values(generateSecrets()), ...values(generateSecrets())]
  expect(new Set(all).size).toBe(all.length)
})

test('keys have 32 bytes', () => {
  const { requestKeys, workerRequestKey, connectionSecretsKey, identitySecretsKey } = generateSecrets()
  for (const key of [...Object.values(requestKeys), workerRequestKey, connectionSecretsKey, identitySecretsKey]) {
    expect(Buffer.from(key, 'base64')).toHaveLength(32)
  }
})
