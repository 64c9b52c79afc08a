import type { Caller } from '#platform/caller/caller'
import type { Logger } from '#platform/log/logger'
import type { Span } from '#platform/telemetry/span'
import type { Freshness } from '../cache/freshness.ts'
import type { ClientProfile } from '../operations/clients/client-profile.ts'
import type { Departure } from './departure.ts'

/** What one client request knows on its way through the gateway. */
export interface EdgeContext {
  readonly caller: Caller
  /** The role that they look through, with no more rights than it has; without one they use their own. */
  readonly viewedAs?: string
  /** Which frontend asks, and what it may. */
  readonly client: ClientProfile
  readonly requestId: string
  /** Of the gateway's own span: what it calls becomes its child. */
  readonly traceparent: string
  /** That span; without one nothing is recorded. */
  readonly span?: Span | undefined
  /** The client's Idempotency-Key, for mutations. */
  readonly idempotencyKey: string | undefined
  /** The client's Authorization header, for subgraphs to which we do not sign. */
  readonly authorization: string | undefined
  /** Aborts when the client has gone. */
  readonly clientGone: Departure
  /** When the whole answer must stand, on the clock of `performance.now()`; without one it takes what its parts take. */
  readonly deadline?: number
  /** How fresh what was asked so far is; without one nobody wants to know. */
  readonly freshness?: Freshness
  readonly log: Logger
  /** Facts for the one log line of the request. */
  readonly logFields: Record<string, unknown>
}
