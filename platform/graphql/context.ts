import type DataLoader from 'dataloader'
import type { Caller } from '../caller/caller.ts'
import type { Database } from '../db/database.ts'
import type { Logger } from '../log/logger.ts'

/** What one request, or one job, knows. `Parts` is what its subgraph opened besides the database. */
export interface Ctx<Parts = unknown> {
  readonly caller: Caller
  readonly db: Database
  readonly parts: Parts
  readonly requestId: string
  readonly traceparent: string
  readonly log: Logger
  /** Loaders live as long as the request, so that nothing read for one caller is ever shown to another. */
  readonly loaders: Map<unknown, DataLoader<string, unknown>>
  /** Of a subscription that goes on: the number of the last event that the asker has. */
  readonly lastSeq?: number
}

/** The same request, working in another organization or for another caller; loaders and shield's decisions start anew. */
export const withCaller = <C extends Ctx>(ctx: C, caller: Caller): C => ({
  ...ctx,
  caller,
  loaders: new Map(),
  _shield: undefined,
})
