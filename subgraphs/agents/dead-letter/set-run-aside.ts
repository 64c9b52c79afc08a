import { textArray } from '#platform/db/text-array'
import { type Tx, write } from '#platform/db/write'
import { type Ctx, withCaller } from '#platform/graphql/context'
import { newId } from '#platform/id'
import type { ClaimedRun } from '../run/engine/claimed-run.ts'
import { commitRunWithin, type RunCommit } from '../run/engine/commit-run.ts'
import { endActions, finishRun } from '../run/engine/finish-run.ts'
import type { RunError } from '../run/run.entity.ts'
import { runIs } from '../run/run.status.ts'
import { ownersLostMax } from './dead-letter.limits.ts'

const nothing = { steps: [], stepsDone: 0, inputTokens: 0, outputTokens: 0, costMicros: 0 }

/**
 * Keeps a run that was just claimed from being executed once more when its owners were lost one after the other: it is
 * parked as a dead letter until somebody redrives or cancels it. One that somebody wants cancelled is let go on towards
 * its end; is it lost on that way too, it ends without.
 *
 * @returns whether the run has left the owner's hands
 * @throws RunLeaseLostError RUN_LEASE_LOST
 */
export async function setRunAside(ctx: Ctx, run: ClaimedRun): Promise<boolean> {
  if (run.ownersLost < ownersLostMax) return false
  if (!run.cancelRequested) {
    await park(ctx, run)
    return true
  }
  if (await takeBack(ctx, run)) return false
  const event = { id: newId(), type: endActions.CANCELLED, data: { given: 'up' }, at: new Date().toISOString() }
  await finishRun(ctx, run, { ...nothing, number: 1, events: [event], end: { status: 'CANCELLED' } })
  return true
}

async function park(ctx: Ctx, run: ClaimedRun): Promise<void> {
  const { organizationId, runId, agentId } = run
  const letter = { step: openStepOf(run)?.path ?? null, error: lastErrorOf(run) }
  const agent = withCaller(ctx, { ...ctx.caller, agentId, userId: run.startedBy, runId })
  await write(agent, 'run.dead-lettered', async (tx) => {
    const data = { ...letter, ownersLost: run.ownersLost }
    const event = { id: newId(), type: 'run.dead-lettered', data, at: new Date().toISOString() } as const
    const commit: RunCommit = { ...nothing, number: 1, events: [event], leaves: 'parked' }
    const { repeated } = await commitRunWithin(ctx, tx, run, commit)
    if (repeated) return tx.unchanged()
    // What it waits for may have been answered meanwhile: that is no reason to take it up. Only people are.
    await tx.em.execute(
      `update agents.run set due_at = 'infinity' where organization_id = ? and id = ? and cancel_requested_at is null and ${runIs.waiting}`,
      [organizationId, runId],
    )
    await tx.em.execute(
      `insert into agents.dead_letter (organization_id, id, run_id, agent_id, step, error, owners, parked_at)
       values (?, ?, ?, ?, ?, ?::jsonb, ?::text[], now()) on conflict (organization_id, run_id) do nothing`,
      [
        ...[organizationId, newId(), runId, agentId, letter.step, JSON.stringify(letter.error)],
        textArray(await lostOwners(tx, run)),
      ],
    )
    tx.target('run', runId)
    tx.target('agent', agentId)
    tx.detail('code', letter.error.code)
  })
}

/** Lets a cancelled dead letter go on to its end. @returns whether it was one */
function takeBack(ctx: Ctx, { organizationId, runId }: ClaimedRun): Promise<boolean> {
  return write(ctx, 'run.taken-back', async (tx) => {
    // The cancellation has its record.
    tx.unchanged()
    await tx.em.execute('update agents.run set owners_lost = 0 where organization_id = ? and id = ?', [
      organizationId,
      runId,
    ])
    const letters = await tx.em.execute<object[]>(
      'delete from agents.dead_letter where organization_id = ? and run_id = ? returning id',
      [organizationId, runId],
    )
    return letters.length > 0
  })
}

/** Where the run was: of the steps that have begun and not ended, the last one. */
const openStepOf = ({ steps }: ClaimedRun) =>
  steps.filter(({ status }) => status === 'RUNNING').toSorted((a, b) => b.ordinal - a.ordinal)[0]

function lastErrorOf(run: ClaimedRun): RunError {
  const step = openStepOf(run)
  const failure = step?.attempts.findLast(({ error }) => error !== undefined)?.error
  const path = step?.path ?? null
  if (failure !== undefined) return { code: failure.code, message: failure.message, step: failure.step ?? path }
  return { code: 'WORKER_LOST', message: `${run.ownersLost} workers in a row were lost with the run.`, step: path }
}

/** Those before the one that has the run now. */
async function lostOwners(tx: Tx, { organizationId, runId, ownersLost }: ClaimedRun): Promise<string[]> {
  const rows = await tx.em.execute<{ owner: string }[]>(
    `select data->>'owner' as owner from agents.run_event where organization_id = ? and run_id = ?
       and type in ('run.started', 'run.resumed') order by seq desc limit ? offset 1`,
    [organizationId, runId, ownersLost],
  )
  return rows.map(({ owner }) => owner)
}
