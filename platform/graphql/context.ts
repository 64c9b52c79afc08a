import type DataLoader from 'dataloader'
import type { Caller } from '../caller/caller.ts'
import type { Database } from '../db/database.ts'
import type { Claim } from '../idempotency/claim.ts'
import type { Logger } from '../log/logger.ts'
import type { Span } from '../telemetry/span.ts'

/** What one request, or one job, knows. `Parts` is what its subgraph opened besides the database. */
export interface Ctx<Parts = unknown> {
  readonly caller: Caller
  readonly db: Database
  readonly parts: Parts
  readonly requestId: string
  readonly traceparent: string
  /** The span in whose part of the trace this is done; without one nothing is recorded. */
  readonly span?: Span | undefined
  readonly log: Logger
  /** Loaders live as long as the request, so that nothing read for one caller is ever shown to another. */
  readonly loaders: Map<unknown, DataLoader<string, unknown>>
  /** The client's own name for a mutation that it may send again; null when it gave none. */
  readonly idempotencyKey?: string | null
  /** The mutation at hand, when it has such a name: `write` does it once. */
  readonly claim?: Claim
  /** Of a subscription that goes on: the number of the last event that the asker has. */
  readonly lastSeq?: number
}

/**
 * The same request, working in another organization or for another caller; loaders and shield's decisions start anew, and
 * what the client's own mutation has claimed stays behind.
 */
export const withCaller = <C extends Ctx>(ctx: C, caller: Caller): C => ({
  ...ctx,
  caller,
  loaders: new Map(),
  claim: undefined,
  _shield: undefined,
})

/** The same request, in the part of it that `span` stands for: what it hands on becomes that span's child. */
export const withinSpan = <C extends Ctx>(ctx: C, span: Span | undefined): C =>
  span === undefined ? ctx : { ...ctx, span, traceparent: span.traceparent }
