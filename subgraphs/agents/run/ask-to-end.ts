import { runQueued } from '#contracts/run-queued.event'
import type { Caller } from '#platform/caller/caller'
import { write } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'
import { appendRunEvent } from './append-run-event.ts'
import { answerParent } from './parent-run.ts'
import { Run } from './run.entity.ts'
import { endsAnyRun } from './run.permissions.ts'
import { runIs } from './run.status.ts'

/**
 * Ends one run as `cancelRun` does, without those that it started.
 *
 * @returns undefined when there was nothing to end that the caller may end
 */
export async function askToEnd(ctx: Ctx, runId: string): Promise<Run | undefined> {
  return (
    (await cancelIf(ctx, runId, 'run.cancelled', {
      condition: runIs.queued,
      change: `status = 'CANCELLED', finished_at = now()`,
    })) ??
    (await cancelIf(ctx, runId, 'run.cancel-requested', {
      condition: `(${runIs.running} or ${runIs.waiting}) and cancel_requested_at is null`,
      change: `cancel_requested_at = now(), due_at = case when ${runIs.waiting} then now() else due_at end`,
    }))
  )
}

function cancelIf(
  ctx: Ctx,
  runId: string,
  action: 'run.cancelled' | 'run.cancel-requested',
  sql: { readonly condition: string; readonly change: string },
): Promise<Run | undefined> {
  return write(ctx, action, async (tx) => {
    const rows = await tx.em.execute<{ seq: number; epoch: number }[]>(
      `update agents.run set ${sql.change}, event_seq = event_seq + 1
       where organization_id = ? and id = ? and (? or started_by = ?) and ${sql.condition} returning event_seq as seq, lease_epoch as epoch`,
      [ctx.caller.organizationId, runId, endsAny(ctx.caller), ctx.caller.userId],
    )
    const row = rows[0]
    if (row === undefined) {
      tx.unchanged()
      return undefined
    }
    await appendRunEvent(ctx, tx, { runId, seq: row.seq }, { type: action, data: { by: ctx.caller.userId } })
    tx.emit(runQueued, { runId, epoch: row.epoch }, `run:${runId}`)
    const run = await tx.em.findOneOrFail(Run, { id: runId })
    if (action === 'run.cancelled') {
      const { parentRunId = null, parentPath = null } = run
      await answerParent(ctx, tx, { runId, parentRunId, parentPath }, { status: 'CANCELLED' })
    }
    tx.target('run', runId)
    tx.target('agent', run.agentId)
    return run
  })
}

/** The system ends what somebody ended who may. */
const endsAny = (caller: Caller) => caller.kind === 'system' || endsAnyRun.allows(caller)
