import { expect, test } from 'vitest'
import { environmentFor } from '../../scripts/local/environment.ts'
import { generateSecrets } from '../../scripts/local/secrets.ts'
import { identityConfig } from './config.ts'

const ports = { identity: 0, agents: 0, integrations: 0, audit: 0, gateway: 0, ops: 0, worker: 0 }
const databaseUrl = 'postgres://owner@127.0.0.1/forgeops'
const environment = environmentFor({
  secrets: await generateSecrets(),
  ports,
  databaseUrl,
  redisUrl: 'redis://127.0.0.1',
})
const read = (more: Record<string, string>) => identityConfig({ ...environment, ...more })

test('mail is inactive unless there is a server, and then its sender must be named', () => {
  expect(read({}).smtp).toBeNull()
  const url = 'smtps://user:canary-password@mail.example.com'
  expect(read({ SMTP_URL: url, MAIL_FROM: 'ForgeOps <robot@example.com>' }).smtp).toMatchObject({ url })
  expect(() => read({ SMTP_URL: url })).toThrow('MAIL_FROM is not set')
  expect(() => read({ SMTP_URL: url })).not.toThrow('canary-password')
})

test.each([
  ['SMTP_URL', 'http://mail.example.com'],
  ['MAIL_FROM', 'a@example.com\r\nBcc: b@example.com'],
  ['MAIL_FROM', 'nobody'],
  ['ACCOUNT_URL', 'javascript:alert(1)'],
  ['PASSWORD_LENGTH_MIN', '7'],
])('%s refuses %j', (name, value) => {
  expect(() => read({ [name]: value })).toThrow(name)
})
