import { DomainError } from '#platform/errors/domain-error'
import type { Step, StepRecord } from '../../subgraphs/agents/jobs.ts'
import { attemptStep } from './attempt-step.ts'
import { type Frame, within } from './frame.ts'
import type { RunInHand } from './run-in-hand.ts'
import { publicError, StepFailedError } from './step-errors.ts'
import { executeStep } from './steps/execute-step.ts'

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

/** A step with all that its author said about it: whether it runs at all, and what its failure means. */
async function runStep(run: RunInHand, step: Step, frame: Frame): Promise<unknown> {
  const path = `${frame.prefix}${step.id}`
  const known = run.steps.at(path) ?? (await decideWhen(run, step, path, frame))
  if (known?.status === 'SUCCEEDED') return known.output
  if (known?.status === 'SKIPPED') return null
  if (known?.status === 'FAILED') return takeUpFailure(run, step, known, frame)
  try {
    return await attemptStep(run, { path, ...step }, frame, (work) =>
      executeStep({ ...work, runWithin: (steps, inner) => runSteps(run, steps, inner) }, step),
    )
  } catch (error) {
    const failed = run.steps.at(path)
    // A failure within the step, not of the run around it.
    if (!(error instanceof StepFailedError) || failed?.status !== 'FAILED') throw error
    return takeUpFailure(run, step, failed, frame)
  }
}

/** Decides whether the step runs at all. @returns undefined when it does; else the step, skipped or failed by its condition */
async function decideWhen(run: RunInHand, step: Step, path: string, frame: Frame): Promise<StepRecord | undefined> {
  if (step.when === undefined) return undefined
  try {
    if ((await run.evaluate(step.when, frame)) === true) return undefined
  } catch (error) {
    if (frame.signal.aborted || !(error instanceof DomainError)) throw error
    const failed = run.steps.begin(path, step.id, step.kind)
    run.steps.fail(failed, publicError(error))
    return failed
  }
  return run.steps.skip(path, step.id, step.kind)
}

/** What a step's failure comes to: the output of what runs instead, the failure as an output, or the failure of what is around. */
async function takeUpFailure(run: RunInHand, step: Step, failed: StepRecord, frame: Frame): Promise<unknown> {
  const error = failed.error ?? { code: 'INTERNAL_SERVER_ERROR', message: 'The step failed.' }
  if (step.onFailure !== undefined) {
    const handling = within(frame, { prefix: `${failed.path}/onFailure/`, names: { error } })
    return runSteps(run, step.onFailure, handling)
  }
  if (step.continueOnError === true) return { error }
  throw new StepFailedError(failed.path, error)
}
