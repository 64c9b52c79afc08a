import { runAdvanced } from '#contracts/run-advanced.event'
import type { Tx } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'
import { newId } from '#platform/id'
import { RunLeaseLostError } from '../run.errors.ts'
import { runIs } from '../run.status.ts'
import type { RunHold } from './claimed-run.ts'

/** One transition of a run, as its event tells it. */
export interface Transition {
  readonly type: `${'run' | 'step'}.${string}`
  readonly data?: Readonly<Record<string, unknown>>
}

/**
 * Begins a commit of a run's owner: locks the run's row until the transaction ends, checks that the owner's epoch is
 * still the last one, and appends the transition's event with the next number. One statement, so that no commit can
 * have one without the others; whoever follows the run hears of it after the commit.
 *
 * @returns the event's number
 * @throws RunLeaseLostError RUN_LEASE_LOST when somebody else owns the run by now, or it is finished
 */
export async function passFence(ctx: Ctx, tx: Tx, run: RunHold, transition: Transition): Promise<number> {
  const { organizationId } = ctx.caller
  const rows = await tx.em.execute<{ seq: number }[]>(
    `with fenced as (
       update agents.run set event_seq = event_seq + 1
       where organization_id = ? and id = ? and lease_epoch = ? and ${runIs.running}
       returning event_seq
     )
     insert into agents.run_event (organization_id, id, run_id, seq, type, data, at)
     select ?, ?, ?, event_seq, ?, ?::jsonb, now() from fenced
     returning seq`,
    [
      ...[organizationId, run.runId, run.epoch],
      ...[organizationId, newId(), run.runId, transition.type, JSON.stringify(transition.data ?? {})],
    ],
  )
  const seq = rows[0]?.seq
  if (seq === undefined) throw new RunLeaseLostError(run.runId, run.epoch)
  tx.emit(runAdvanced, { runId: run.runId }, `run:${run.runId}`)
  return seq
}

/** Appends a run's event within a transaction that has changed the run's row itself and got `seq` from it. */
export async function appendRunEvent(
  ctx: Ctx,
  tx: Tx,
  run: { readonly runId: string; readonly seq: number },
  transition: Transition,
): Promise<void> {
  await tx.em.execute(
    `insert into agents.run_event (organization_id, id, run_id, seq, type, data, at) values (?, ?, ?, ?, ?, ?::jsonb, now())`,
    [ctx.caller.organizationId, newId(), run.runId, run.seq, transition.type, JSON.stringify(transition.data ?? {})],
  )
  tx.emit(runAdvanced, { runId: run.runId }, `run:${run.runId}`)
}
