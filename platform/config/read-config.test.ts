import { expect, test } from 'vitest'
import { ConfigError, readConfig } from './read-config.ts'
import { durationMs, key, list, namedList, onOff, port, postgresUrl } from './units.ts'

const variables = {
  PORT: port(4000),
  DATABASE_URL: postgresUrl(),
  REQUEST_KEY: key(),
  AUTH: onOff().default(true),
  LEASE_MS: durationMs(30_000),
  PROXIES: list(),
}
const good = {
  DATABASE_URL: 'postgres://app:pw@db.example.com/forgeops',
  REQUEST_KEY: Buffer.alloc(32, 1).toString('base64'),
}

test('defaults fill in what is not set, and an empty string is not set', () => {
  expect(readConfig(variables, { ...good, PORT: '', AUTH: 'off', PROXIES: '10.0.0.0/8, 192.0.2.1' })).toMatchObject({
    PORT: 4000,
    AUTH: false,
    LEASE_MS: 30_000,
    PROXIES: ['10.0.0.0/8', '192.0.2.1'],
  })
})

test('all faults are told together, each by its variable', () => {
  const read = () => readConfig(variables, { PORT: '70000', DATABASE_URL: 'mysql://x', AUTH: 'yes', LEASE_MS: '0' })
  expect(read).toThrow(ConfigError)
  try {
    read()
  } catch (error) {
    const { faults } = error as ConfigError
    expect(faults).toHaveLength(5)
    for (const name of ['PORT', 'DATABASE_URL', 'REQUEST_KEY is not set', 'AUTH', 'LEASE_MS']) {
      expect(faults.some((fault) => fault.startsWith(name))).toBe(true)
    }
  }
})

test('a fault never quotes the value, which may be a secret', () => {
  const read = () =>
    readConfig(variables, { ...good, REQUEST_KEY: 'c2hvcnQtY2FuYXJ5', DATABASE_URL: 'canary-not-a-url' })
  expect(read).toThrow(/REQUEST_KEY.*\n.*|DATABASE_URL/)
  expect(read).not.toThrow(/canary|c2hvcnQ/)
})

test('a named list keeps equals signs in its values and refuses an entry without a name', () => {
  const one = { KEYS: namedList(key(4)) }
  expect(readConfig(one, { KEYS: 'agents=AAAAAA==,audit=AQEBAQ==' }).KEYS.get('audit')).toEqual(
    Buffer.from([1, 1, 1, 1]),
  )
  expect(() => readConfig(one, { KEYS: 'AAAAAA==' })).toThrow('KEYS')
})
