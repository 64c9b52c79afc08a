import { expect, test } from 'vitest'
import { DomainError } from '../errors/domain-error.ts'
import { createLogger } from './logger.ts'

class CanaryError extends DomainError {}

function linesOf(write: (log: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = []
  write(
    createLogger(
      { service: 'test', version: '1', environment: 'test', level: 'trace' },
      { write: (line) => void lines.push(line) },
    ),
  )
  return lines.join('')
}

test('every line says which service, version and environment speaks, with an ISO time', () => {
  const line = JSON.parse(linesOf((log) => log.info('hello')))
  expect(line).toMatchObject({ level: 'info', service: 'test', version: '1', environment: 'test', msg: 'hello' })
  expect(new Date(line.time).getTime()).toBeGreaterThan(0)
})

test.each([
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'accessToken',
  'refreshToken',
  'apiKey',
  'body',
  'variables',
  'forgeops-caller',
])('the value of %s never reaches a log line, at any depth we log', (name) => {
  const text = linesOf((log) => {
    log.info({ [name]: 'canary-1' })
    log.info({ headers: { [name]: 'canary-2' } })
    log.info({ request: { headers: { [name]: 'canary-3' } } })
    log.info({ sent: [{ to: { [name]: 'canary-4' } }] })
    log.info(JSON.parse(`${'{"a":'.repeat(20)}{"${name}":"canary-5"}${'}'.repeat(20)}`))
  })
  expect(text).not.toContain('canary')
  expect(text).toContain('[redacted]')
})

test('an error is logged with its code and cause, and without other properties, which may hold bodies', () => {
  const cause = Object.assign(new Error('connection refused'), { request: { body: 'canary' } })
  const text = linesOf((log) =>
    log.error({ err: new CanaryError('EGRESS_FAILED', 'The call failed.', { internal: 'port closed', cause }) }),
  )
  expect(JSON.parse(text).err).toMatchObject({
    code: 'EGRESS_FAILED',
    internal: 'port closed',
    cause: { message: 'connection refused' },
  })
  expect(text).not.toContain('canary')
})
