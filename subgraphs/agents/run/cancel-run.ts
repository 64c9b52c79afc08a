import { runQueued } from '#contracts/run-queued.event'
import type { Caller } from '#platform/caller/caller'
import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import { ForbiddenError, NotFoundError } from '#platform/errors/common-errors'
import { type Ctx, withCaller } from '#platform/graphql/context'
import { isId } from '#platform/id'
import { appendRunEvent } from './append-run-event.ts'
import { cancelDescendants } from './cancel-children.ts'
import { answerParent } from './parent-run.ts'
import { Run } from './run.entity.ts'
import type { CancelRunInput } from './run.graphql.ts'
import { endsAnyRun, visibleRuns } from './run.permissions.ts'
import { runIs } from './run.status.ts'

/**
 * Ends a queued run at once; asks the owner of a running one to end it, which it does within a second or two; and has a
 * waiting one taken up to be ended. A finished run stays as it is, and asking again changes nothing. Who only starts runs
 * ends their own. What its steps have started ends with it; what they did is undone as their author said.
 *
 * @throws NotFoundError NOT_FOUND; ForbiddenError FORBIDDEN for another's run that the caller may see
 */
export async function cancelRun(ctx: Ctx, input: CancelRunInput): Promise<Run> {
  if (!isId(input.runId)) throw new NotFoundError('run')
  const asked = await askToEnd(ctx, input.runId)
  if (asked === undefined) return findUntouched(ctx, input.runId)
  // The worker that ends the run does the same; here it is sooner. With no claim: it is not what the mutation answers.
  await cancelDescendants(withCaller(ctx, ctx.caller), input.runId)
  return asked
}

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

/** The run as it is, when there was nothing to end. */
async function findUntouched(ctx: Ctx, id: string): Promise<Run> {
  const { caller } = ctx
  const mayEnd = endsAnyRun.allows(caller)
  const run = await read(ctx, (em) => em.findOne(Run, mayEnd ? { id } : { ...visibleRuns(caller), id }))
  if (run === null) throw new NotFoundError('run')
  if (!mayEnd && run.startedBy !== caller.userId) throw new ForbiddenError()
  return run
}
