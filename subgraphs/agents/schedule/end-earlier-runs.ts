import { runQueued } from '#contracts/run-queued.event'
import type { Tx } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'
import { appendRunEvent } from '../run/append-run-event.ts'
import { runIs } from '../run/run.status.ts'

const requested = `cancel_requested_at = coalesce(cancel_requested_at, now()),
  due_at = case when ${runIs.waiting} then now() else due_at end`
const ended = `status = 'CANCELLED', finished_at = now(), lease_owner = null, lease_epoch = lease_epoch + 1,
  cancel_requested_at = coalesce(cancel_requested_at, now())`

/**
 * Has the runs of a schedule that have not ended end, within the transaction that starts the next: by being cancelled,
 * which takes as long as undoing what they did, or at once, their owners shut out by the epoch.
 */
export async function endEarlierRuns(
  ctx: Ctx,
  tx: Tx,
  runIds: readonly string[],
  how: 'cancel' | 'terminate',
): Promise<void> {
  const { organizationId } = ctx.caller
  for (const runId of runIds) {
    const asked = how === 'cancel' ? 'and cancel_requested_at is null' : ''
    // One that no worker has begun has nothing to undo.
    const change = how === 'cancel' ? requested : ended
    const rows = await tx.em.execute<{ seq: number; status: string }[]>(
      `update agents.run set ${change}, event_seq = event_seq + 1
       where organization_id = ? and id = ? and ${runIs.unfinished} ${asked} returning event_seq as seq, status`,
      [organizationId, runId],
    )
    const [row] = rows
    if (row === undefined) continue
    const type = how === 'cancel' ? 'run.cancel-requested' : 'run.cancelled'
    await appendRunEvent(ctx, tx, { runId, seq: row.seq }, { type, data: { by: 'schedule' } })
    if (how === 'terminate')
      await tx.em.execute(
        `update agents.step set status = 'CANCELLED', finished_at = now(), waits_for = null, due_at = null
         where organization_id = ? and run_id = ? and status in ('RUNNING', 'WAITING')`,
        [organizationId, runId],
      )
    tx.emit(runQueued, { runId }, `run:${runId}`)
    tx.target('run', runId)
  }
}
