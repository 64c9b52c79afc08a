import type { Step } from '../../subgraphs/agents/jobs.ts'
import type { Frame } from './frame.ts'
import type { RunInHand } from './run-in-hand.ts'
import { runStep } from './run-step.ts'

/**
 * Runs steps in order, each at most once to its end: what was completed before is taken from its stored output.
 *
 * @returns the last one's output; null when there are none
 * @throws StepFailedError when one failed and nothing takes the failure up; RunParked when it has to wait; the signal's reason
 */
export async function runSteps(run: RunInHand, steps: readonly Step[], frame: Frame): Promise<unknown> {
  let output: unknown = null
  for (const step of steps) {
    frame.signal.throwIfAborted()
    output = await runStep(run, step, frame)
    frame.steps[step.id] = output
  }
  return output
}
