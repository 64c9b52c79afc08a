import { write } from '#platform/db/write'
import { type Ctx, withCaller } from '#platform/graphql/context'
import { storableJson, storableText } from '../../json/storable-json.ts'
import type { RunError } from '../run.entity.ts'
import { RunOutputInvalidError } from '../run.errors.ts'
import { outputBounds } from '../run.limits.ts'
import type { FinalStatus } from '../run.status.ts'
import type { ClaimedRun } from './claimed-run.ts'
import { passFence } from './fence.ts'

/** How a run ended. */
export type RunOutcome =
  | { readonly status: 'SUCCEEDED'; readonly output: unknown }
  | { readonly status: 'FAILED'; readonly error: RunError }
  | { readonly status: 'CANCELLED' }

const actions = {
  SUCCEEDED: 'run.succeeded',
  FAILED: 'run.failed',
  CANCELLED: 'run.cancelled',
} as const satisfies Record<FinalStatus, string>

/**
 * Writes a run's end, once. The audit record names the agent, on behalf of whoever started the run.
 *
 * @throws RunOutputInvalidError RUN_OUTPUT_INVALID, the run going on; RunLeaseLostError RUN_LEASE_LOST
 */
export async function finishRun(
  ctx: Ctx,
  run: Pick<ClaimedRun, 'runId' | 'epoch' | 'agentId' | 'startedBy'>,
  outcome: RunOutcome,
): Promise<void> {
  const action = actions[outcome.status]
  const output = outcome.status === 'SUCCEEDED' ? outputText(outcome.output) : null
  const error =
    outcome.status === 'FAILED' ? { ...outcome.error, message: storableText(outcome.error.message) } : undefined
  const agent = withCaller(ctx, { ...ctx.caller, agentId: run.agentId, userId: run.startedBy, runId: run.runId })
  await write(agent, action, async (tx) => {
    await passFence(ctx, tx, run, { type: action, ...(error === undefined ? {} : { data: { error } }) })
    await tx.em.execute(
      `update agents.run set status = ?, output = ?::jsonb, error = ?::jsonb, finished_at = now(), lease_owner = null
       where organization_id = ? and id = ?`,
      [
        outcome.status,
        output,
        error === undefined ? null : JSON.stringify(error),
        ctx.caller.organizationId,
        run.runId,
      ],
    )
    tx.target('run', run.runId)
    tx.target('agent', run.agentId)
    if (error !== undefined) tx.detail('code', error.code)
  })
}

function outputText(output: unknown): string {
  const text = storableJson(output ?? null, outputBounds)
  if (!text.ok) throw new RunOutputInvalidError(text.fault)
  return text.json
}
