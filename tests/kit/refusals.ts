import { type Caller, systemCaller, systemOrganizationId } from '#platform/caller/caller'
import { signRequest } from '#platform/caller/message-signature'
import { newId } from '#platform/id'
import type { RefusalRecord } from '#platform/refusals/refusal'
import { refusalsAudience, refusalsPath } from '#platform/refusals/refusal'

/** A record as the gateway would hand it in. */
export const refusalRecord = (organizationId: string, more: Partial<RefusalRecord> = {}): RefusalRecord => ({
  id: newId(),
  organizationId,
  actor: { type: 'user', id: newId(), onBehalfOf: null },
  address: '203.0.113.7',
  userAgent: 'test',
  coordinate: 'User.email',
  code: 'UNAUTHORIZED_FIELD_OR_TYPE',
  reason: null,
  count: 3,
  minute: '2026-11-21T10:00:00.000Z',
  firstAt: '2026-11-21T10:00:05.000Z',
  lastAt: '2026-11-21T10:00:06.000Z',
  requestId: newId(),
  traceId: 'f'.repeat(32),
  ...more,
})

export interface Signing {
  readonly key: Uint8Array
  readonly audience?: string
  readonly caller?: Caller
}

/** Hands a batch in as the gateway does; without `signing` as anybody could. @returns the status */
export async function handIn(origin: string, batch: unknown, signing?: Signing): Promise<number> {
  const body = JSON.stringify(batch)
  const parts = { method: 'POST', path: refusalsPath, body }
  const { audience = refusalsAudience, caller = systemCaller(systemOrganizationId) } = signing ?? {}
  const signed = signing === undefined ? {} : signRequest(parts, caller, audience, signing.key)
  const headers = { 'content-type': 'application/json', ...signed }
  return (await fetch(`${origin}${refusalsPath}`, { method: 'POST', headers, body })).status
}
