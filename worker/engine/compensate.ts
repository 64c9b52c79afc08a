import type { RunEnding } from '../../subgraphs/agents/jobs.ts'
import { type Undoing, undoingsOf } from './compensations.ts'
import { apart } from './frame.ts'
import type { RunInHand } from './run-in-hand.ts'
import { runSteps } from './run-steps.ts'
import { publicError, StepFailedError } from './step-errors.ts'

/**
 * Undoes what a run did that is going to end like this, the last step done first, over as many owners as it takes: that
 * it is ending is stored before anything is undone. What cannot be undone is told, and the rest goes on.
 *
 * @returns the paths of the steps that were undone, and of those that were not
 * @throws RunParked; RunStopped when the run has to be left, which a cancellation is no reason for
 */
export async function compensate(
  run: RunInHand,
  ending: RunEnding,
): Promise<{ readonly undone: string[]; readonly notUndone: string[] }> {
  run.undo()
  const undoings = undoingsOf(run, run.signal)
  const [undone, notUndone]: [string[], string[]] = [[], []]
  if (undoings.length === 0) return { undone, notUndone }
  if (run.run.ending === null) {
    run.steps.cancelWithin()
    run.journal.end(ending)
    run.journal.tell('run.compensating', { status: ending.status, steps: undoings.map(({ record }) => record.path) })
    await run.journal.store()
  }
  for (const each of undoings) {
    run.signal.throwIfAborted()
    const list = (await undo(run, each)) ? undone : notUndone
    list.push(each.record.path)
  }
  return { undone, notUndone }
}

/** @returns whether the step is undone */
async function undo(run: RunInHand, { record, steps, frame }: Undoing): Promise<boolean> {
  const prefix = `${record.path}/compensate/`
  // By an earlier owner, who has told it.
  const hadFailed = steps.some(({ id }) => run.steps.at(`${prefix}${id}`)?.status === 'FAILED')
  try {
    await runSteps(run, steps, apart(frame, { prefix, names: { output: record.output } }))
    return true
  } catch (error) {
    if (!(error instanceof StepFailedError)) throw error
    if (!hadFailed) run.journal.tell('run.compensation-failed', { path: record.path, error: publicError(error) })
    return false
  }
}
