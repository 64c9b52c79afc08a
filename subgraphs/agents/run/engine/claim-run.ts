import { write } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'
import type { Definition } from '../../agent/definition/definition.ts'
import { stepIs } from '../../step/step.status.ts'
import { runIs } from '../run.status.ts'
import type { ClaimedRun, FinishedStep } from './claimed-run.ts'
import { appendRunEvent } from './fence.ts'

interface ClaimedRow {
  readonly agentId: string
  readonly agentVersionId: string
  readonly startedBy: string
  readonly scopesMax: string[] | null
  readonly input: Record<string, unknown>
  readonly requestId: string
  readonly traceparent: string
  readonly startedAt: string | Date
  readonly epoch: number
  readonly seq: number
  readonly cancelRequested: boolean
}

/**
 * Takes a run for `owner` until `leaseMs` from now by the database's clock: a queued one, or one whose owner's lease
 * ended. The new epoch shuts every earlier owner out.
 *
 * @returns what the owner needs to go on; undefined when there is nothing to do here: no such run, finished, or owned
 */
export function claimRun(ctx: Ctx, runId: string, owner: string, leaseMs: number): Promise<ClaimedRun | undefined> {
  const { organizationId } = ctx.caller
  return write(ctx, 'run.claimed', async (tx) => {
    // The run's events are the record of this; the audit trail has its start and its end.
    tx.unchanged()
    const rows = await tx.em.execute<ClaimedRow[]>(
      `update agents.run set status = 'RUNNING', lease_owner = ?, lease_epoch = lease_epoch + 1,
         lease_until = now() + make_interval(secs => ?), started_at = coalesce(started_at, now()), event_seq = event_seq + 1
       where organization_id = ? and id = ? and ${runIs.claimable}
       returning agent_id as "agentId", agent_version_id as "agentVersionId", started_by as "startedBy",
         scopes_max as "scopesMax", input,
         request_id as "requestId", traceparent, started_at as "startedAt", lease_epoch as epoch, event_seq as seq,
         cancel_requested_at is not null as "cancelRequested"`,
      [owner, leaseMs / 1000, organizationId, runId],
    )
    const row = rows[0]
    if (row === undefined) return undefined
    const type = row.epoch === 1 ? 'run.started' : 'run.resumed'
    await appendRunEvent(ctx, tx, { runId, seq: row.seq }, { type, data: { owner, epoch: row.epoch } })
    const [version] = await tx.em.execute<{ definition: Definition }[]>(
      'select definition from agents.agent_version where organization_id = ? and id = ?',
      [organizationId, row.agentVersionId],
    )
    if (version === undefined) throw new Error(`Run ${runId} has no version.`)
    const finishedSteps = await tx.em.execute<FinishedStep[]>(
      `select path, step_id as id, kind, output from agents.step
       where organization_id = ? and run_id = ? and ${stepIs.succeeded} order by began_seq`,
      [organizationId, runId],
    )
    const { agentId, startedBy, scopesMax, requestId, traceparent, epoch, cancelRequested } = row
    return {
      ...{ runId, organizationId, epoch, agentId, startedBy, requestId, traceparent, cancelRequested, finishedSteps },
      input: { ...version.definition.input, ...row.input },
      definition: version.definition,
      grants: version.definition.grants.filter((scope) => scopesMax?.includes(scope) ?? true),
      startedAt: new Date(row.startedAt).toISOString(),
    }
  })
}
