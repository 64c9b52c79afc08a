import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { calculateJwkThumbprint, importJWK, type JWK } from 'jose'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../tests/kit/temporary-folder.ts'
import { generateSecrets, readOrCreateSecrets } from './secrets.ts'

test('two starters of one home get the same secrets, and a later one too', async () => {
  const home = temporaryFolder()
  const [one, two] = await Promise.all([readOrCreateSecrets(home), readOrCreateSecrets(home)])
  expect(one).toEqual(two)
  expect(await readOrCreateSecrets(home)).toEqual(one)
  expect(statSync(join(home, 'secrets.json')).mode & 0o777).toBe(0o600)
})

test('a home of an older version gets the secrets that it lacks, and keeps what it has', async () => {
  const home = temporaryFolder()
  const path = join(home, 'secrets.json')
  const { identitySecretsKey: _lacking, ...older } = await generateSecrets()
  const { forgeops_sweep: _too, ...rolePasswords } = older.rolePasswords
  writeFileSync(path, JSON.stringify({ ...older, rolePasswords }), { mode: 0o600 })
  const completed = await readOrCreateSecrets(home)
  expect(completed).toMatchObject({ ...older, rolePasswords })
  expect(Buffer.from(completed.identitySecretsKey, 'base64')).toHaveLength(32)
  expect(completed.rolePasswords.forgeops_sweep).toMatch(/^.{32}$/)
  expect(await readOrCreateSecrets(home)).toEqual(completed)
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('no two homes share a secret', async () => {
  const values = (secrets: object): string[] =>
    Object.values(secrets).flatMap((value) => (typeof value === 'string' ? [value] : values(value)))
  const all = [...values(await generateSecrets()), ...values(await generateSecrets())]
  expect(new Set(all).size).toBe(all.length)
})

test('the signing key is a private Ed25519 key named by its thumbprint', async () => {
  const jwk = JSON.parse((await generateSecrets()).tokenSigningKey) as JWK
  expect(jwk).toMatchObject({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', kid: await calculateJwkThumbprint(jwk) })
  expect(await importJWK(jwk)).toHaveProperty('type', 'private')
})

test('keys have 32 bytes', async () => {
  const { requestKeys, workerRequestKey, connectionSecretsKey, identitySecretsKey } = await generateSecrets()
  for (const key of [...Object.values(requestKeys), workerRequestKey, connectionSecretsKey, identitySecretsKey]) {
    expect(Buffer.from(key, 'base64')).toHaveLength(32)
  }
})
