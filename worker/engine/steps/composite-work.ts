import type { Step } from '../../../subgraphs/agents/jobs.ts'
import type { StepWork } from '../attempt-step.ts'
import type { Frame } from '../frame.ts'

/** What the code of a step gets that has steps within it. */
export interface CompositeWork extends StepWork {
  /** Runs them in order; see `runSteps`. */
  readonly runWithin: (steps: readonly Step[], frame: Frame) => Promise<unknown>
}
