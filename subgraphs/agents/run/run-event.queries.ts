import { read } from '#platform/db/read'
import { NotFoundError } from '#platform/errors/common-errors'
import type { Ctx } from '#platform/graphql/context'
import { cutEvents, EventPage, eventsPerAnswer, resumesAfter } from '#platform/graphql/event-page'
import { isId } from '#platform/id'
import { readsAnyRun } from './run.permissions.ts'
import { runIs } from './run.status.ts'

/** An event as it is told, with what it is judged by. */
export interface ToldEvent {
  readonly seq: number
  readonly type: string
  readonly data: unknown
  readonly at: Date
  readonly runId: string
  readonly startedBy: string
}

interface Row {
  readonly startedBy: string
  readonly head: number
  readonly ended: boolean
  readonly seq: number | null
  readonly type: string
  readonly data: unknown
  readonly at: string | Date
}

/**
 * The events of a run that the caller may name, those after `afterSeq`; all of them without it. The run's row and its
 * events are read by one statement, so that they are of one moment: the row's lock is held from the taking of a number
 * until its commit, so there is never a number without those below it.
 *
 * @throws NotFoundError NOT_FOUND; InvalidInputError BAD_USER_INPUT for a number below 0
 */
export async function readRunEvents(
  ctx: Ctx,
  { runId, afterSeq }: { readonly runId: string; readonly afterSeq?: number | null },
): Promise<EventPage<ToldEvent>> {
  if (!isId(runId)) throw new NotFoundError('run')
  const from = resumesAfter(ctx, afterSeq) ?? 0
  const { organizationId, userId } = ctx.caller
  const rows = await read(ctx, (em) =>
    em.execute<Row[]>(
      // Which worker has a run is nobody's business but ours.
      `select run.started_by as "startedBy", run.event_seq as head, not (${runIs.unfinished}) as ended,
         event.seq, event.type, event.data - 'owner' as data, event.at
       from agents.run left join lateral (
         select * from agents.run_event
         where organization_id = run.organization_id and run_id = run.id and seq > ? order by seq limit ?
       ) as event on true
       where run.organization_id = ? and run.id = ? and (? or run.started_by = ?) order by event.seq`,
      [Math.min(from, seqMax), eventsPerAnswer + 1, organizationId, runId, readsAnyRun.allows(ctx.caller), userId],
    ),
  )
  const [run] = rows
  if (run === undefined) throw new NotFoundError('run')
  const events = rows.flatMap(({ seq, type, data, at, startedBy }): ToldEvent[] =>
    seq === null ? [] : [{ seq, type, data, at: new Date(at), runId, startedBy }],
  )
  const cut = cutEvents(events, from, run.head)
  return new EventPage({ ...cut, subject: `run:${runId}`, ended: run.ended && !cut.more })
}

/** The column is an int4. */
const seqMax = 2 ** 31 - 1
