import type { Pool } from 'pg'
import { runIs } from '../run.status.ts'
import type { RunHold } from './claimed-run.ts'

export interface RenewedLease {
  readonly runId: string
  readonly epoch: number
  readonly cancelRequested: boolean
}

/**
 * An owner is alive: its runs stay its own for `leaseMs` more. One statement for all of them, of whatever organizations;
 * leaves no events, so that a long run does not grow by it.
 *
 * @param sweepPool connections of the sweep's own role
 * @returns the runs that still are the owner's; one that is missing was taken by another, or has ended
 */
export async function renewLeases(
  sweepPool: Pool,
  owner: string,
  runs: readonly RunHold[],
  leaseMs: number,
): Promise<RenewedLease[]> {
  const renewed = await sweepPool.query<RenewedLease>(
    `update agents.run as run set due_at = now() + make_interval(secs => $1)
     from unnest($2::uuid[], $3::uuid[]) as held(organization_id, id)
     where run.organization_id = held.organization_id and run.id = held.id and run.lease_owner = $4 and run.${runIs.running}
     returning run.id as "runId", run.lease_epoch as epoch, run.cancel_requested_at is not null as "cancelRequested"`,
    [leaseMs / 1_000, runs.map((run) => run.organizationId), runs.map((run) => run.runId), owner],
  )
  return renewed.rows
}
