import type { Pool, QueryConfig } from 'pg'
import { runIs } from '../run.status.ts'

/** What stands still or waits for a turn, over all organizations; of what there is more than 10 000 of, 10 000. */
export interface StandingRuns {
  /** Runs that a worker may take, and that none has taken. */
  readonly due: number
  /** Of the run that is due longest; 0 when none is. */
  readonly oldestDueSeconds: number
  /** Runs held by a limit, by what holds them: `organization`, `concurrency` or `rate`. */
  readonly held: Readonly<Record<string, number>>
  readonly deadLetters: number
  /** Of the schedule that is due longest; 0 when none is. */
  readonly oldestScheduleSeconds: number
  /** Schedules that stopped by themselves, by the code that says why. */
  readonly pausedSchedules: Readonly<Record<string, number>>
}

const countedMax = 10_000
const deadlineMs = 1_000

/** @param sweepPool connections of the sweep's own role, which sees when and why, and nothing of what it is about */
export async function standingRuns(sweepPool: Pool): Promise<StandingRuns> {
  const text = `
    with due as (
      select due_at from agents.run where ${runIs.unfinished} and due_at <= now() order by due_at limit ${countedMax}
    ), held as (
      select split_part(held_by, ':', 1) as by from agents.run where ${runIs.held} limit ${countedMax}
    ), paused as (
      select paused->>'code' as code from agents.schedule where paused is not null limit ${countedMax}
    ), letter as (
      select from agents.dead_letter limit ${countedMax}
    ), late as (
      select due_at from agents.schedule where due_at is not null and due_at <= now() order by due_at limit 1
    )
    select (select count(*)::int from due) as due,
      (select coalesce(extract(epoch from now() - min(due_at)), 0)::float8 from due) as "oldestDueSeconds",
      (select coalesce(jsonb_object_agg(by, runs), '{}') from (select by, count(*) as runs from held group by by) as groups)
        as held,
      (select count(*)::int from letter) as "deadLetters",
      (select coalesce(extract(epoch from now() - min(due_at)), 0)::float8 from late) as "oldestScheduleSeconds",
      (select coalesce(jsonb_object_agg(code, schedules), '{}')
        from (select code, count(*) as schedules from paused group by code) as groups) as "pausedSchedules"`
  const { rows } = await sweepPool.query<StandingRuns>({ text, query_timeout: deadlineMs } as QueryConfig)
  if (rows[0] === undefined) throw new Error('The database did not tell what stands still.')
  return rows[0]
}
