import type { Generations } from '../supergraph/generations.ts'
import type { Subscriptions } from './subscriptions.ts'

/** What answering by what happens needs, whichever way it goes to the client. */
export interface LiveParts {
  readonly subscriptions: Subscriptions
  /** An operation holds the generation that it began on. */
  readonly generations: Pick<Generations, 'hold'>
  /** For how long a client may leave unread what it was sent. */
  readonly slowMs: number
}
