import { read } from '#platform/db/read'
import type { Ctx } from '#platform/graphql/context'
import { cutEvents, EventPage, eventsPerAnswer, resumesAfter } from '#platform/graphql/event-page'
import { AuditEvent } from './event.entity.ts'
import { type EventConditions, matching } from './event.filter.ts'
import { scannedPerAnswer } from './event.limits.ts'

/**
 * The events of the organization's trail that match the filter, those after `afterSeq`; without it none but those to
 * come. What is looked through is bounded too, so that a filter which nothing matches costs no more than another.
 *
 * @throws InvalidInputError BAD_USER_INPUT for a number below 0, or as `matching` does
 */
export function followEvents(
  ctx: Ctx,
  { filter, afterSeq }: { readonly filter?: EventConditions | null; readonly afterSeq?: number | null },
): Promise<EventPage<AuditEvent>> {
  const after = resumesAfter(ctx, afterSeq)
  const conditions = matching(ctx, filter ?? {})
  return read(ctx, async (em) => {
    // Read before the events: places are taken in commit order, so up to here all are there for the next statement.
    const [last] = await em.execute<{ seq: string }[]>(
      'select seq from audit.event where organization_id = ? order by seq desc limit 1',
      [ctx.caller.organizationId],
    )
    const head = Number(last?.seq ?? 0)
    const from = after ?? head
    const until = Math.min(head, from + scannedPerAnswer)
    const rows =
      until > from
        ? await em.find(
            AuditEvent,
            { $and: [conditions, { seq: { $gt: from, $lte: until } }] },
            { orderBy: { seq: 'asc' }, limit: eventsPerAnswer + 1 },
          )
        : []
    const cut = cutEvents(rows, from, until)
    return new EventPage({ ...cut, more: cut.more || until < head, ended: false, subject: 'audit' })
  })
}
