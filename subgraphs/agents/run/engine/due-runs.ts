import type { Pool } from 'pg'
import { runIs } from '../run.status.ts'

export interface DueRun {
  readonly organizationId: string
  readonly runId: string
}

/**
 * Runs of all organizations that a worker may take: queued ones, ones whose owner was not heard of in time, and ones
 * whose waiting is over; those that are due longest first.
 *
 * @param sweepPool connections of the sweep's own role, which sees nothing of a run but this
 * @param limit how many at most
 */
export async function dueRuns(sweepPool: Pool, limit: number): Promise<DueRun[]> {
  const due = await sweepPool.query<DueRun>(
    `select organization_id as "organizationId", id as "runId" from agents.run
     where ${runIs.unfinished} and due_at <= now() order by due_at limit $1`,
    [limit],
  )
  return due.rows
}
