import { runAdvanced } from '#contracts/run-advanced.event'
import type { Tx } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'
import { newId } from '#platform/id'
import type { Transition } from './engine/commit-run.ts'

/** Appends a run's event within a transaction that has changed the run's row itself and got `seq` from it. */
export async function appendRunEvent(
  ctx: Ctx,
  tx: Tx,
  run: { readonly runId: string; readonly seq: number },
  { type, data = {} }: Pick<Transition, 'type'> & Partial<Pick<Transition, 'data'>>,
): Promise<void> {
  await tx.em.execute(
    `insert into agents.run_event (organization_id, id, run_id, seq, type, data, at) values (?, ?, ?, ?, ?, ?::jsonb, now())`,
    [ctx.caller.organizationId, newId(), run.runId, run.seq, type, JSON.stringify(data)],
  )
  tx.emit(runAdvanced, { runId: run.runId }, `run:${run.runId}`)
}
