import { write } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'
import { newId } from '#platform/id'
import type { StepKind } from '../agent/definition/definition.ts'
import type { RunHold } from '../run/engine/claimed-run.ts'
import { passFence } from '../run/engine/fence.ts'
import { effectKeyOf } from './effect-key.ts'
import { StepStateError } from './step.errors.ts'
import { stepIs } from './step.status.ts'

/** A step as the engine comes to it: `path` is unique in the run, `id` in the definition. */
export interface StepPlace {
  readonly path: string
  readonly id: string
  readonly kind: StepKind
}

export interface StepAttempt {
  /** 1 for the first. */
  readonly attempt: number
  readonly effectKey: string
}

/**
 * Opens a step before its work is done, or opens it again after an attempt that failed or was never heard of again. The
 * row's unique path decides: a completed step cannot be begun.
 *
 * @throws RunLeaseLostError RUN_LEASE_LOST; StepStateError STEP_STATE for a completed step
 */
export function beginStep(ctx: Ctx, run: RunHold, step: StepPlace): Promise<StepAttempt> {
  const { organizationId } = ctx.caller
  const { path, id, kind } = step
  return write(ctx, 'step.began', async (tx) => {
    tx.unchanged()
    const seq = await passFence(ctx, tx, run, { type: 'step.started', data: { path, kind } })
    const rows = await tx.em.execute<StepAttempt[]>(
      `insert into agents.step as step
         (organization_id, id, run_id, path, step_id, kind, status, attempt, effect_key, began_seq, started_at)
       values (?, ?, ?, ?, ?, ?, 'RUNNING', 1, ?, ?, now())
       on conflict (organization_id, run_id, path) do update
         set status = 'RUNNING', attempt = step.attempt + 1, error = null, started_at = now(), finished_at = null
         where ${stepIs.repeatable}
       returning attempt, effect_key as "effectKey"`,
      [organizationId, newId(), run.runId, path, id, kind, effectKeyOf(run.runId, path), seq],
    )
    if (rows[0] === undefined) throw new StepStateError(`step ${path} of run ${run.runId} is completed`)
    return rows[0]
  })
}
