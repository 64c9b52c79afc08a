import { write } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'
import { storableText } from '../json/storable-json.ts'
import type { RunHold } from '../run/engine/claimed-run.ts'
import { passFence } from '../run/engine/fence.ts'
import type { StepError } from './step.entity.ts'
import { StepStateError } from './step.errors.ts'
import { stepIs } from './step.status.ts'

/**
 * Ends a step's attempt without a result. It may be begun again.
 *
 * @param error words for whoever may read the run; cut at 2 000 characters
 * @throws RunLeaseLostError RUN_LEASE_LOST; StepStateError STEP_STATE when it is not open
 */
export async function failStep(ctx: Ctx, run: RunHold, path: string, error: StepError): Promise<void> {
  const stored: StepError = { code: error.code, message: storableText(error.message) }
  await write(ctx, 'step.failed', async (tx) => {
    tx.unchanged()
    await passFence(ctx, tx, run, { type: 'step.failed', data: { path, error: stored } })
    const rows = await tx.em.execute<object[]>(
      `update agents.step set status = 'FAILED', error = ?::jsonb, finished_at = now()
       where organization_id = ? and run_id = ? and path = ? and ${stepIs.running} returning id`,
      [JSON.stringify(stored), ctx.caller.organizationId, run.runId, path],
    )
    if (rows.length === 0) throw new StepStateError(`step ${path} of run ${run.runId} is not open`)
  })
}
