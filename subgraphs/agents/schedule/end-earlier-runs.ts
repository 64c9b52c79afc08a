import { runQueued } from '#contracts/run-queued.event'
import type { Tx } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'
import { appendRunEvent } from '../run/append-run-event.ts'
import { runIs } from '../run/run.status.ts'

const asked = `cancel_requested_at = now(), due_at = case when ${runIs.running} then due_at else now() end`
const ended = `status = 'CANCELLED', finished_at = now(), lease_owner = null, lease_epoch = lease_epoch + 1,
  cancel_requested_at = coalesce(cancel_requested_at, now())`

/**
 * Has the runs of a schedule that have not ended end, within the transaction that starts the next: by being cancelled,
 * which takes as long as undoing what they did, or at once, their owners shut out by the epoch. What their own steps
 * started is cancelled in either case.
 */
export async function endEarlierRuns(
  ctx: Ctx,
  tx: Tx,
  runIds: readonly string[],
  how: 'cancel' | 'terminate',
): Promise<void> {
  for (const runId of runIds) {
    if (how === 'cancel') {
      await ask(ctx, tx, runId)
      continue
    }
    // Children first, as they are locked where a child ends.
    for (const child of await descendantsOf(ctx, tx, runId)) await ask(ctx, tx, child)
    await end(ctx, tx, runId)
  }
}

async function ask(ctx: Ctx, tx: Tx, runId: string): Promise<void> {
  const changed = await change(ctx, tx, runId, asked, `${runIs.unfinished} and cancel_requested_at is null`)
  if (changed !== undefined) await tell(ctx, tx, changed, 'run.cancel-requested')
}

async function end(ctx: Ctx, tx: Tx, runId: string): Promise<void> {
  const changed = await change(ctx, tx, runId, ended, runIs.unfinished)
  if (changed === undefined) return
  const of = [ctx.caller.organizationId, runId]
  await tx.em.execute(
    `update agents.step set status = 'CANCELLED', finished_at = now(), waits_for = null, due_at = null
     where organization_id = ? and run_id = ? and status in ('RUNNING', 'WAITING')`,
    of,
  )
  await tx.em.execute(
    `update agents.approval set status = 'CANCELLED', settled_at = now()
     where organization_id = ? and run_id = ? and status = 'PENDING'`,
    of,
  )
  await tell(ctx, tx, changed, 'run.cancelled')
}

interface Changed {
  readonly runId: string
  readonly seq: number
  readonly epoch: number
}

async function change(ctx: Ctx, tx: Tx, runId: string, set: string, where: string): Promise<Changed | undefined> {
  const rows = await tx.em.execute<Changed[]>(
    `update agents.run set ${set}, event_seq = event_seq + 1 where organization_id = ? and id = ? and ${where}
     returning id as "runId", event_seq as seq, lease_epoch as epoch`,
    [ctx.caller.organizationId, runId],
  )
  return rows[0]
}

async function tell(ctx: Ctx, tx: Tx, run: Changed, type: 'run.cancelled' | 'run.cancel-requested'): Promise<void> {
  await appendRunEvent(ctx, tx, run, { type, data: { by: 'schedule' } })
  tx.emit(runQueued, { runId: run.runId, epoch: run.epoch }, `run:${run.runId}`)
  tx.target('run', run.runId)
}

async function descendantsOf(ctx: Ctx, tx: Tx, runId: string): Promise<string[]> {
  const rows = await tx.em.execute<{ id: string }[]>(
    `with recursive descendant as (
       select organization_id, id, depth from agents.run where organization_id = ? and parent_run_id = ?
       union all
       select child.organization_id, child.id, child.depth from descendant join agents.run as child
         on child.organization_id = descendant.organization_id and child.parent_run_id = descendant.id
     )
     select id from descendant order by depth desc limit 1000`,
    [ctx.caller.organizationId, runId],
  )
  return rows.map(({ id }) => id)
}
