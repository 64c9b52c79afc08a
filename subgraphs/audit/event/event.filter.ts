import { type FilterQuery, raw } from '@mikro-orm/core'
import { InvalidInputError } from '#platform/errors/common-errors'
import type { Ctx } from '#platform/graphql/context'
import type { AuditEvent } from './event.entity.ts'
import { actionsMax } from './event.limits.ts'

export interface EventConditions {
  readonly actions?: readonly string[] | null
  readonly actorId?: string | null
  readonly targetId?: string | null
  readonly outcome?: AuditEvent['outcome'] | null
  readonly occurredAfter?: Date | null
  readonly occurredBefore?: Date | null
}

/**
 * The filter as a predicate that the indexes serve; a condition that is null is none.
 *
 * @throws InvalidInputError for an action that cannot be one, or too many of them
 */
export function matching(ctx: Ctx, filter: EventConditions): FilterQuery<AuditEvent> {
  const { actions, actorId, targetId, outcome, occurredAfter, occurredBefore } = filter
  const conditions: FilterQuery<AuditEvent>[] = []
  if (actions != null) conditions.push(anyAction(actions))
  if (actorId != null) conditions.push({ actorId })
  if (targetId != null) conditions.push(touching(ctx, targetId))
  if (outcome != null) conditions.push({ outcome })
  if (occurredAfter != null) conditions.push({ occurredAt: { $gte: storable(occurredAfter) } })
  if (occurredBefore != null) conditions.push({ occurredAt: { $lt: storable(occurredBefore) } })
  return { $and: conditions }
}

// RFC 3339 has a year 0, PostgreSQL has none. No event is that old.
const earliest = new Date('0001-01-01T00:00:00Z')
const storable = (moment: Date): Date => (moment < earliest ? earliest : moment)

function anyAction(actions: readonly string[]): FilterQuery<AuditEvent> {
  if (actions.length > actionsMax) throw new InvalidInputError(`Name at most ${actionsMax} actions.`)
  const wrong = actions.find((action) => !/^[a-z-]{1,50}\.([a-z-]{1,50}|\*)$/.test(action))
  if (wrong !== undefined) throw new InvalidInputError('An action is `noun.happened`, or `noun.*` for all of a noun.')
  const nouns = actions.filter((action) => action.endsWith('.*')).map((action) => action.slice(0, -2))
  const exact = actions.filter((action) => !action.endsWith('.*'))
  return { $or: [{ action: { $in: exact } }, ...nouns.map(anyOfNoun)] }
}

// A range, not LIKE: under row-level security only leakproof operators may use an index, and LIKE is none.
const anyOfNoun = (noun: string): FilterQuery<AuditEvent> => ({ action: { $gte: `${noun}.`, $lt: `${noun}/` } })

const touching = (ctx: Ctx, targetId: string): FilterQuery<AuditEvent> => ({
  id: {
    $in: raw('(select t.event_id from audit.event_target t where t.organization_id = ?::uuid and t.target_id = ?)', [
      ctx.caller.organizationId,
      targetId,
    ]),
  },
})
