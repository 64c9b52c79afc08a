import { expect, test } from 'vitest'
import { environmentFor, shareOf, urlOfRole } from './environment.ts'
import { generateSecrets } from './secrets.ts'

const ports = { gateway: 21_000, ops: 21_001, identity: 21_002, agents: 21_003, integrations: 21_004, audit: 21_005 }
const parts = {
  secrets: generateSecrets(),
  ports: { ...ports, worker: 21_006 },
  databaseUrl: 'postgres://forgeops_owner:owned@127.0.0.1:5555/forgeops',
  redisUrl: 'redis://:hint@127.0.0.1:6666',
}
const env = environmentFor(parts)

test('every process connects as its own role to the one database', () => {
  const { forgeops_audit } = parts.secrets.rolePasswords
  expect(env.AUDIT_DATABASE_URL).toBe(`postgres://forgeops_audit:${forgeops_audit}@127.0.0.1:5555/forgeops`)
  expect(env.RELAY_DATABASE_URL).toContain('//forgeops_relay:')
})

test('parameters of a given database URL stay when the role changes', () => {
  const url = urlOfRole('postgres://a:b@db.example.com/x?sslmode=require', 'c', 'd:/e')
  expect(url).toBe('postgres://c:d%3A%2Fe@db.example.com/x?sslmode=require')
})

test('the gateway has the url and the key of each subgraph', () => {
  expect(env.SUBGRAPH_URLS).toContain('agents=http://127.0.0.1:21003/graphql')
  expect(env.SUBGRAPH_KEYS).toContain(`agents=${env.AGENTS_REQUEST_KEY}`)
})

test('the platform reaches its own endpoint under the base path that a person chose', () => {
  const chosen = environmentFor({ ...parts, overrides: { PUBLIC_URL: 'https://ops.example.com/forge/' } })
  expect(chosen.GATEWAY_URL).toBe('http://127.0.0.1:21000/forge/graphql')
})

test.each([
  ['gateway', ['REDIS_URL', 'SUBGRAPH_KEYS']],
  ['identity', ['IDENTITY_DATABASE_URL', 'IDENTITY_REQUEST_KEY', 'IDENTITY_SECRETS_KEY', 'WORKER_REQUEST_KEY']],
  ['audit', ['AUDIT_DATABASE_URL', 'AUDIT_REQUEST_KEY']],
  [
    'worker',
    [
      'AGENTS_DATABASE_URL',
      'AUDIT_DATABASE_URL',
      'CONNECTION_SECRETS_KEY',
      'INTEGRATIONS_DATABASE_URL',
      'REDIS_URL',
      'RELAY_DATABASE_URL',
      'SWEEP_DATABASE_URL',
      'WORKER_REQUEST_KEY',
    ],
  ],
])('%s holds its own secrets and no other', (name, secrets) => {
  const isSecret = (variable: string) => /_KEYS?$|DATABASE_URL$|^REDIS_URL$/.test(variable)
  expect(Object.keys(shareOf(env, name)).filter(isSecret).sort()).toEqual(secrets)
})
