import type { StepOf } from '../../../subgraphs/agents/jobs.ts'
import type { StepWork } from '../attempt-step.ts'

/** Reduces what the run has so far to a new value. */
export const runTransform = ({ run, frame }: StepWork, step: StepOf<'transform'>): Promise<unknown> =>
  run.evaluate(step.expression, frame)
