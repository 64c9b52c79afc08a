import { write } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'
import { storableJson } from '../json/storable-json.ts'
import type { RunHold } from '../run/engine/claimed-run.ts'
import { passFence } from '../run/engine/fence.ts'
import { outputBounds } from '../run/run.limits.ts'
import { StepOutputInvalidError, StepStateError } from './step.errors.ts'
import { stepIs } from './step.status.ts'

/**
 * Completes a step with its output. From then on no owner of the run can begin it again.
 *
 * @param output a JSON value of at most 1 MB; undefined is stored as null
 * @throws StepOutputInvalidError STEP_OUTPUT_INVALID, the step staying open; RunLeaseLostError RUN_LEASE_LOST;
 *   StepStateError STEP_STATE when it is not open
 */
export async function storeStep(ctx: Ctx, run: RunHold, path: string, output: unknown): Promise<void> {
  const text = storableJson(output ?? null, outputBounds)
  if (!text.ok) throw new StepOutputInvalidError(text.fault)
  await write(ctx, 'step.succeeded', async (tx) => {
    tx.unchanged()
    await passFence(ctx, tx, run, { type: 'step.succeeded', data: { path } })
    const rows = await tx.em.execute<object[]>(
      `update agents.step set status = 'SUCCEEDED', output = ?::jsonb, finished_at = now()
       where organization_id = ? and run_id = ? and path = ? and ${stepIs.running} returning id`,
      [text.json, ctx.caller.organizationId, run.runId, path],
    )
    if (rows.length === 0) throw new StepStateError(`step ${path} of run ${run.runId} is not open`)
  })
}
