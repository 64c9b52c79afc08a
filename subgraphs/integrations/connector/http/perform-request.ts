import type { Egress } from '#platform/http/egress/egress'
import { ConnectorHttpStatusError } from '../connector.errors.ts'
import { actionMsMax } from '../connector.limits.ts'
import { guardedRequest, retryableStatus } from '../guarded-request.ts'
import { storableResult } from '../storable-result.ts'
import { type HttpAnswer, readHttpAnswer } from './read-http-answer.ts'

export interface OutsideRequest {
  readonly url: string | URL
  readonly method: string
  /** Names in any case. */
  readonly headers: Readonly<Record<string, string>>
  /** Text is sent as it is, everything else as JSON; undefined is no body. */
  readonly body?: unknown
  /** Whether making the request twice does no more than making it once; true for all methods but POST and PATCH unless said. */
  readonly idempotent?: boolean | undefined
  /** Sent as `Idempotency-Key` with every method that changes something. */
  readonly effectKey: string
  /** Two minutes at most. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** Masked wherever the answer repeats them. */
  readonly secrets: readonly string[]
}

/**
 * Makes one request for a step. A status of 400 or more is a failure.
 *
 * @returns an answer of at most 1 MB that PostgreSQL can store
 * @throws ConnectorError EGRESS_REFUSED, EGRESS_TIMEOUT, EGRESS_TOO_LARGE, EGRESS_FAILED, CONNECTOR_HTTP_STATUS,
 *   CONNECTOR_ANSWER_UNREADABLE
 */
export async function performRequest(outbound: Egress, asked: OutsideRequest): Promise<HttpAnswer> {
  const { url, method, body, signal } = asked
  const timeoutMs = Math.min(asked.timeoutMs, actionMsMax)
  const repeatable = asked.idempotent ?? !['POST', 'PATCH'].includes(method)
  const reading = method === 'GET' || method === 'HEAD'
  const headers = {
    accept: 'application/json, text/*;q=0.9, */*;q=0.1',
    ...(body === undefined
      ? {}
      : { 'content-type': typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json' }),
    ...lowerCase(asked.headers),
    ...(reading ? {} : { 'idempotency-key': asked.effectKey }),
  }
  const content = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
  const request = { url, method, headers, ...content, timeoutMs, ...(signal && { signal }) }
  const answer = await guardedRequest(outbound, request, repeatable)
  if (answer.status >= 400)
    throw new ConnectorHttpStatusError(
      answer.status,
      retryableStatus(answer.status, repeatable),
      retryAfterMs(answer.headers['retry-after'], Date.now()),
    )
  return storableResult(readHttpAnswer(answer, asked.secrets)) as HttpAnswer
}

/** So that of two spellings of one header the later wins, rather than both being sent. */
export const lowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

/** Nobody is left alone for longer: a service that asks for a year has made a mistake. */
const retryAfterMsMax = 86_400_000

/** What `Retry-After` asks for, in ms; 0 without it. RFC 9110 §10.2.3: seconds, or a date. */
export function retryAfterMs(header: string | string[] | undefined, now: number): number {
  const text = [header].flat()[0]?.trim() ?? ''
  const ms = /^\d{1,10}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), retryAfterMsMax) : 0
}
