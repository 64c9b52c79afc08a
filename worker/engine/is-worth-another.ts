import type { Retry } from '../../subgraphs/agents/jobs.ts'
import { type Frame, within } from './frame.ts'
import type { RunInHand } from './run-in-hand.ts'
import { isRetryable, publicError, StepFailedError, StepTimeout } from './step-errors.ts'

/** Whether a failed attempt is worth another one. @throws what the step's `retryIf` throws; the signal's reason */
export async function isWorthAnother(run: RunInHand, retry: Retry, error: unknown, frame: Frame): Promise<boolean> {
  // What came too late may have had its effect, and what is around a failed step is a whole: their author has to say so.
  const wholes = error instanceof StepFailedError || error instanceof StepTimeout
  const retryable = wholes ? retry.maxAttempts !== undefined : isRetryable(error)
  if (retry.retryIf === undefined) return retryable
  const judging = within(frame, { names: { error: { ...publicError(error), retryable } } })
  return (await run.evaluate(retry.retryIf, judging)) === true
}
