import { read } from '#platform/db/read'
import { textArray } from '#platform/db/text-array'
import type { Ctx } from '#platform/graphql/context'
import { batchLoader } from '#platform/graphql/load-by-id'
import { type Page, type PageArgs, type PageWindow, pageOf, pageWindow } from '#platform/graphql/page'
import { AuditEvent } from './event.entity.ts'
import { AuditEventTarget } from './event-target.entity.ts'

/** What an event touched, in the order in which it was named; many events in one statement. */
export function loadTargets(ctx: Ctx, eventId: string): Promise<AuditEventTarget[]> {
  const loader = batchLoader(ctx, 'targets of event', async (ids) => {
    const targets = await read(ctx, (em) =>
      em.find(AuditEventTarget, { eventId: { $in: [...ids] } }, { orderBy: { eventId: 'asc', position: 'asc' } }),
    )
    const byEvent = Map.groupBy(targets, (target) => target.eventId)
    return ids.map((id) => byEvent.get(id) ?? [])
  })
  return loader.load(eventId)
}

/** A page of the events that touched a thing, newest first; many things in one statement, plus one if counted. */
export async function findEventsOf(ctx: Ctx, targetId: string, args: PageArgs): Promise<Page<AuditEvent>> {
  const window = pageWindow(args)
  const pages = batchLoader(ctx, `events of target:${JSON.stringify(window)}`, (ids) => readEventsOf(ctx, ids, window))
  const counts = batchLoader(ctx, 'events of target:count', (ids) => countEventsOf(ctx, ids))
  return pageOf(await pages.load(targetId), window, () => counts.load(targetId))
}

/** Takes each thing's own first rows from the index, then their events by key. */
async function readEventsOf(
  ctx: Ctx,
  targetIds: readonly string[],
  { size, forward, from }: PageWindow,
): Promise<AuditEvent[][]> {
  const { organizationId } = ctx.caller
  const order = forward ? 'desc' : 'asc'
  const beyond = from === null ? '' : `and t.event_id ${forward ? '<' : '>'} ?::uuid`
  const rows = await read(ctx, (em) =>
    em.execute<{ touched: string; [column: string]: unknown }[]>(
      `select things.id as touched, event.* from unnest(?::text[]) as things(id)
       cross join lateral (
         select distinct t.event_id from audit.event_target t
         where t.organization_id = ?::uuid and t.target_id = things.id ${beyond}
         order by t.event_id ${order} limit ?
       ) as touching
       join audit.event on event.organization_id = ?::uuid and event.id = touching.event_id
       order by event.id ${order}`,
      [textArray(targetIds), organizationId, ...(from === null ? [] : [from]), size + 1, organizationId],
    ),
  )
  const em = ctx.db.orm.em.fork()
  const byThing = Map.groupBy(rows, (row) => row.touched)
  return targetIds.map((id) =>
    (byThing.get(id) ?? []).map(({ touched: _touched, ...row }) => em.map(AuditEvent, row as never)),
  )
}

async function countEventsOf(ctx: Ctx, targetIds: readonly string[]): Promise<number[]> {
  const rows = await read(ctx, (em) =>
    em.execute<{ touched: string; n: string }[]>(
      `select target_id as touched, count(distinct event_id) as n from audit.event_target
       where organization_id = ?::uuid and target_id = any(?::text[]) group by 1`,
      [ctx.caller.organizationId, textArray(targetIds)],
    ),
  )
  const byThing = new Map(rows.map((row) => [row.touched, Number(row.n)]))
  return targetIds.map((id) => byThing.get(id) ?? 0)
}
