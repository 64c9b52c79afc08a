import { InvalidInputError } from '../errors/common-errors.ts'
import type { Ctx } from './context.ts'

/** How many events a subscription is answered with at once, at most: whoever wants more asks on. */
export const eventsPerAnswer = 500

/** Something that happened, with its place in its sequence. */
export interface Numbered {
  readonly seq: number
}

/** What the source of a subscription answers: a stretch of a sequence, as it was committed. */
export interface Stretch<E extends Numbered> {
  /** What to wait for before asking on: `run:<id>`, or another subject of the organization. */
  readonly subject: string
  /** The number of the event that it begins after. */
  readonly from: number
  /** Every event up to this number that belongs to the answer is in it. */
  readonly to: number
  /** Whether there are further events already. */
  readonly more: boolean
  /** Whether this is all that there will ever be. */
  readonly ended: boolean
  /** In the order of their numbers. */
  readonly events: readonly E[]
}

/** A stretch of events as graphql-js wants to see the source of a subscription. */
export class EventPage<E extends Numbered> implements AsyncIterable<E>, Stretch<E> {
  readonly subject: string
  readonly from: number
  readonly to: number
  readonly more: boolean
  readonly ended: boolean
  readonly events: readonly E[]

  constructor({ subject, from, to, more, ended, events }: Stretch<E>) {
    this.subject = subject
    this.from = from
    this.to = to
    this.more = more
    this.ended = ended
    this.events = events
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<E> {
    yield* this.events
  }
}

/**
 * The number that a subscription goes on after: that of the last event that the asker has, or what the field was given.
 *
 * @returns null when neither says anything
 * @throws InvalidInputError for a number that no event has
 */
export function resumesAfter({ lastSeq }: Pick<Ctx, 'lastSeq'>, afterSeq: number | null | undefined): number | null {
  const after = lastSeq ?? afterSeq ?? null
  if (after !== null && after < 0) throw new InvalidInputError('Events are numbered from 1: give 0 for all of them.')
  return after
}

/**
 * Cuts a stretch out of the rows read for it.
 *
 * @param rows up to `eventsPerAnswer + 1` of the events after `from`, in the order of their numbers
 * @param head the number up to which the rows were looked for
 */
export function cutEvents<E extends Numbered>(
  rows: readonly E[],
  from: number,
  head: number,
): Pick<Stretch<E>, 'from' | 'to' | 'more' | 'events'> {
  const events = rows.slice(0, eventsPerAnswer)
  const more = rows.length > events.length
  const to = more ? (events.at(-1)?.seq ?? from) : Math.max(from, head)
  return { from, to, more, events }
}
