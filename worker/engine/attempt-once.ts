import { type AttemptedStep, attemptStep, type StepWork } from './attempt-step.ts'
import type { Frame } from './frame.ts'
import type { RunInHand } from './run-in-hand.ts'
import { StepFailedError } from './step-errors.ts'

/**
 * Attempts a step that another step makes of itself, unless it came to its end before.
 *
 * @returns its output, stored
 * @throws StepFailedError when it failed for good, now or before; RunParked; the signal's reason
 */
export async function attemptOnce(
  run: RunInHand,
  step: AttemptedStep,
  frame: Frame,
  execute: (work: StepWork) => Promise<unknown>,
): Promise<unknown> {
  const known = run.steps.at(step.path)
  if (known?.status === 'SUCCEEDED') return known.output
  if (known?.status === 'FAILED')
    throw new StepFailedError(known.path, known.error ?? { code: 'INTERNAL_SERVER_ERROR', message: 'The step failed.' })
  return attemptStep(run, step, frame, execute)
}
