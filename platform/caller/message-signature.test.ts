import { randomBytes } from 'node:crypto'
import { afterEach, expect, test, vi } from 'vitest'
import { systemCaller } from './caller.ts'
import { RequestVerifier, signRequest } from './message-signature.ts'

const key = randomBytes(32)
const caller = systemCaller('00000000-0000-7000-8000-000000000001')
const parts = { method: 'POST', path: '/graphql', body: '{"query":"{ me { id } }"}' }
const verify = (headers: Record<string, string>, changed = {}) =>
  new RequestVerifier('agents', key).verify({ ...parts, ...changed }, headers)

afterEach(() => vi.useRealTimers())

test('a signed request proves its caller', () => {
  expect(verify(signRequest(parts, caller, 'agents', key))).toMatchObject({ ok: true, caller, idempotencyKey: null })
})

test('an Idempotency-Key is proven too: another one, none, or one put in is refused', () => {
  const headers = signRequest(parts, caller, 'agents', key, 'k-1')
  expect(verify(headers)).toMatchObject({ ok: true, caller, idempotencyKey: 'k-1' })
  expect(verify({ ...headers, 'idempotency-key': 'k-2' })).toEqual({ ok: false, reason: 'wrong signature' })
  const { 'idempotency-key': _gone, ...without } = headers
  expect(verify(without).ok).toBe(false)
  expect(verify({ ...signRequest(parts, caller, 'agents', key), 'idempotency-key': 'k-1' }).ok).toBe(false)
})

test.each([
  ['method', { method: 'PUT' }],
  ['path', { path: '/run-tokens' }],
  ['body', { body: '{"query":"{ users { totalCount } }"}' }],
])('a request whose %s was changed is refused', (_part, changed) => {
  expect(verify(signRequest(parts, caller, 'agents', key), changed).ok).toBe(false)
})

test('a caller that was put in the place of the signed one is refused', () => {
  const headers = signRequest(parts, caller, 'agents', key)
  const other = signRequest(parts, { ...caller, scopes: ['audit:read'] }, 'agents', randomBytes(32))
  expect(verify({ ...headers, 'forgeops-caller': other['forgeops-caller'] ?? '' })).toEqual({
    ok: false,
    reason: 'wrong signature',
  })
})

test('a request signed for one subgraph does not open another, even with its key', () => {
  expect(verify(signRequest(parts, caller, 'identity', key)).ok).toBe(false)
  expect(verify(signRequest(parts, caller, 'agents', randomBytes(32))).ok).toBe(false)
})

test('a request works once', () => {
  const verifier = new RequestVerifier('agents', key)
  const headers = signRequest(parts, caller, 'agents', key)
  expect(verifier.verify(parts, headers).ok).toBe(true)
  expect(verifier.verify(parts, headers)).toEqual({ ok: false, reason: 'seen before' })
})

test('a request is refused after its 30 seconds, and before its time', () => {
  const headers = signRequest(parts, caller, 'agents', key)
  vi.useFakeTimers({ now: Date.now() + 31_000 })
  expect(verify(headers)).toEqual({ ok: false, reason: 'outside its time' })
  vi.setSystemTime(Date.now() - 60_000)
  expect(verify(headers)).toEqual({ ok: false, reason: 'outside its time' })
})

test('a signature over fewer components, or with a longer life, is refused', () => {
  const headers = signRequest(parts, caller, 'agents', key)
  const input = headers['signature-input'] ?? ''
  expect(verify({ ...headers, 'signature-input': input.replace(' "forgeops-caller"', '') }).ok).toBe(false)
  expect(verify({ ...headers, 'signature-input': input.replace(/expires=\d+/, 'expires=99999999999') }).ok).toBe(false)
  expect(verify({}).ok).toBe(false)
})
