import { runQueued } from '#contracts/run-queued.event'
import { type Tx, write, writeElsewhere } from '#platform/db/write'
import { InvalidInputError } from '#platform/errors/common-errors'
import { type Ctx, withCaller } from '#platform/graphql/context'
import { isId } from '#platform/id'
import { appendRunEvent } from '../run/append-run-event.ts'
import { runIs } from '../run/run.status.ts'
import { DeadLetter } from './dead-letter.entity.ts'
import type { RedriveDeadLettersInput, RedrivenDeadLetters } from './dead-letter.graphql.ts'
import { redriveMax } from './dead-letter.limits.ts'

/** See dead-letter.queries.ts. */
const everywhere = { filters: { tenant: false } }

/**
 * Has runs that were set aside tried again, from where they were: all, those of a filter, or those that are named; a
 * bounded number at a time, the oldest first, each with an audit record in its own organization.
 *
 * @throws InvalidInputError BAD_USER_INPUT unless it is told exactly which
 */
export async function redriveDeadLetters(ctx: Ctx, input: RedriveDeadLettersInput): Promise<RedrivenDeadLetters> {
  const where = whichOf(input)
  return write(ctx, 'dead-letters.redriven', async (tx) => {
    const letters = await tx.em.find(DeadLetter, where, { ...everywhere, orderBy: { id: 'asc' }, limit: redriveMax })
    const asked = await tx.em.count(DeadLetter, where, everywhere)
    let redriven = 0
    for (const letter of letters) if (await redrive(ctx, tx, letter)) redriven++
    tx.detail('redriven', redriven)
    if (redriven === 0) tx.unchanged()
    return { redriven, remaining: asked - letters.length }
  })
}

function whichOf({ ids, filter, all }: RedriveDeadLettersInput): object {
  const given = [ids != null, filter != null, all === true].filter(Boolean)
  if (given.length !== 1) throw new InvalidInputError('Say exactly one of `ids`, `filter` and `all: true`.')
  if (ids != null && ids.length > redriveMax) throw new InvalidInputError(`At most ${redriveMax} ids at a time.`)
  if (ids != null) return { id: { $in: ids.filter(isId) } }
  return {
    ...(filter?.agentId == null ? {} : { agentId: { $in: [filter.agentId].filter(isId) } }),
    ...(filter?.since == null ? {} : { parkedAt: { $gte: filter.since } }),
  }
}

/** @returns false when somebody else was faster, or the run was ended */
async function redrive(ctx: Ctx, tx: Tx, letter: DeadLetter): Promise<boolean> {
  const { organizationId, runId } = letter
  const there = withCaller(ctx, { ...ctx.caller, organizationId })
  let done = false
  await writeElsewhere(ctx, tx, there, 'run.redriven', async (its) => {
    // The run's row before the letter's, as whoever sets it aside takes them.
    const rows = await its.em.execute<{ seq: number; epoch: number }[]>(
      `update agents.run set due_at = now(), owners_lost = 0, event_seq = event_seq + 1
       where organization_id = ? and id = ? and ${runIs.waiting} and exists (
         select 1 from agents.dead_letter as letter where letter.organization_id = run.organization_id and letter.run_id = run.id)
       returning event_seq as seq, lease_epoch as epoch`,
      [organizationId, runId],
    )
    const run = rows[0]
    if (run === undefined) return its.unchanged()
    await its.em.execute('delete from agents.dead_letter where organization_id = ? and run_id = ?', [
      organizationId,
      runId,
    ])
    await appendRunEvent(there, its, { runId, seq: run.seq }, { type: 'run.redriven' })
    its.emit(runQueued, { runId, epoch: run.epoch }, `run:${runId}`)
    its.target('run', runId)
    its.target('agent', letter.agentId)
    done = true
  })
  return done
}
