import type { Pool } from 'pg'

export interface DueSchedule {
  readonly organizationId: string
  readonly scheduleId: string
}

/**
 * Schedules of all organizations that somebody has to look at; those that are due longest first.
 *
 * @param sweepPool connections of the sweep's own role, which sees nothing of a schedule but this and why it stopped
 */
export async function dueSchedules(sweepPool: Pool, limit: number): Promise<DueSchedule[]> {
  const due = await sweepPool.query<DueSchedule>(
    `select organization_id as "organizationId", id as "scheduleId" from agents.schedule
     where due_at is not null and due_at <= now() order by due_at limit $1`,
    [limit],
  )
  return due.rows
}
