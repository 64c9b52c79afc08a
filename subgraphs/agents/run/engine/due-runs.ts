import type { Pool } from 'pg'
import { runIs } from '../run.status.ts'

export interface DueRun {
  readonly organizationId: string
  readonly runId: string
}

const onLastChance = `(${runIs.onLastChance})`

/** How many of those that are due longest are looked at before each organization is asked for its own. */
const backlogMin = 500

/**
 * Runs of all organizations that a worker may take: queued ones, ones whose owner was not heard of in time, and ones
 * whose waiting is over. Each organization's first comes before any's second, and then those that are due longest: who
 * has thousands due does not keep the others waiting. Those on their last chance are not among them.
 *
 * @param sweepPool connections of the sweep's own role, which sees nothing of a run but this
 * @param limit how many at most
 */
export async function dueRuns(sweepPool: Pool, limit: number): Promise<DueRun[]> {
  const { rows } = await sweepPool.query<DueRun & { readonly seen: number }>(
    `with due as (
       select organization_id, id, due_at from agents.run
       where ${runIs.unfinished} and due_at <= now() and not ${onLastChance} order by due_at limit $2
     )
     select organization_id as "organizationId", id as "runId", (select count(*)::int from due) as seen
     from due order by row_number() over (partition by organization_id order by due_at), due_at limit $1`,
    [limit, backlogMin],
  )
  // So many are due that there may be organizations behind them: each is asked, which takes a look into an index each.
  if (rows[0]?.seen === backlogMin) return dueOfEach(sweepPool, limit)
  return rows.map(({ organizationId, runId }) => ({ organizationId, runId }))
}

async function dueOfEach(sweepPool: Pool, limit: number): Promise<DueRun[]> {
  const { rows } = await sweepPool.query<DueRun>(
    `with recursive place as (
       (select organization_id from agents.run where ${runIs.unfinished} order by organization_id limit 1)
       union all
       select (select run.organization_id from agents.run
         where ${runIs.unfinished} and run.organization_id > place.organization_id order by run.organization_id limit 1)
       from place where place.organization_id is not null
     )
     select place.organization_id as "organizationId", due.id as "runId"
     from place cross join lateral (
       select id, due_at, row_number() over (order by due_at) as turn from (
         select id, due_at from agents.run
         where run.organization_id = place.organization_id and ${runIs.unfinished} and due_at <= now() and not ${onLastChance}
         order by due_at limit $1
       ) as first
     ) as due
     order by due.turn, due.due_at limit $1`,
    [limit],
  )
  return rows
}

/** How many workers that look at the same time come to different ones, about. */
const choice = 8

/**
 * A run that is due and would be set aside if it lost its next owner too: one of those that are due longest.
 *
 * @param sweepPool connections of the sweep's own role
 */
export async function dueOnLastChance(sweepPool: Pool): Promise<DueRun | undefined> {
  const { rows } = await sweepPool.query<DueRun>(
    `select * from (
       select organization_id as "organizationId", id as "runId" from agents.run
       where ${runIs.oftenLost} and due_at <= now() and ${onLastChance} order by due_at limit $1
     ) as first order by random() limit 1`,
    [choice],
  )
  return rows[0]
}

/** A run that a limit held when it was last looked at. */
export interface HeldHead extends DueRun {
  readonly heldBy: string
  /** Not known to have to wait until a later time. */
  readonly ready: boolean
}

/**
 * The first run of each group that one limit holds, in the order of the groups. Whether there is room for it by now is
 * seen when it is claimed.
 *
 * @param after the last group that the caller has looked at, to go on behind it
 * @param organizationId only of this one
 */
export async function heldHeads(
  sweepPool: Pool,
  limit: number,
  { after, organizationId }: { readonly after?: HeldHead | undefined; readonly organizationId?: string } = {},
): Promise<HeldHead[]> {
  const { rows } = await sweepPool.query<HeldHead>(
    `with recursive head as (
       (select organization_id, held_by, id, due_at from agents.run
        where ${runIs.held} and (organization_id, held_by) > ($1::uuid, $2::text)
          and ($3::uuid is null or organization_id = $3)
        order by organization_id, held_by, queued_at, id limit 1)
       union all
       select next.* from head cross join lateral (
         select organization_id, held_by, id, due_at from agents.run
         where ${runIs.held} and (organization_id, held_by) > (head.organization_id, head.held_by)
           and ($3::uuid is null or organization_id = $3)
         order by organization_id, held_by, queued_at, id limit 1) as next
     )
     select organization_id as "organizationId", held_by as "heldBy", id as "runId",
       due_at = 'infinity' or due_at <= now() as ready
     from head limit $4`,
    [after?.organizationId ?? organizationId ?? nobody, after?.heldBy ?? '', organizationId ?? null, limit],
  )
  return rows
}

const nobody = '00000000-0000-0000-0000-000000000000'
