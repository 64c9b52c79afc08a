import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { ConfigError } from '#platform/config/read-config'
import { integrationsConfig } from './config.ts'

const base64 = (bytes: number) => randomBytes(bytes).toString('base64')
const minimal = {
  INTEGRATIONS_DATABASE_URL: 'postgres://db.example/x',
  INTEGRATIONS_REQUEST_KEY: base64(32),
  GATEWAY_URL: 'http://gateway.example/api/graphql',
}

test('the key of connection secrets and the exemptions are optional', () => {
  expect(integrationsConfig(minimal)).toMatchObject({ port: 4003, connectionSecretsKey: undefined, egressAllow: [] })
  const set = { CONNECTION_SECRETS_KEY: base64(32), EGRESS_ALLOW: 'llm.example:8080, [::1]:443' }
  expect(integrationsConfig({ ...minimal, ...set }).egressAllow).toEqual(['llm.example:8080', '[::1]:443'])
})

test.each([
  [{ CONNECTION_SECRETS_KEY: base64(16) }],
  [{ CONNECTION_SECRETS_KEY: base64(33) }],
  [{ EGRESS_ALLOW: 'llm.example' }],
  [{ EGRESS_ALLOW: 'http://llm.example:80' }],
  [{ GATEWAY_URL: 'gateway' }],
])('a value that cannot be meant is a fault that names its variable (%#)', (wrong) => {
  const [name = '', value = ''] = Object.entries(wrong)[0] ?? []
  expect(() => integrationsConfig({ ...minimal, ...wrong })).toThrow(ConfigError)
  expect(() => integrationsConfig({ ...minimal, ...wrong })).toThrow(name)
  expect(() => integrationsConfig({ ...minimal, ...wrong })).not.toThrow(value)
})
