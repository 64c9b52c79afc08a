import type { TransformStep } from '../../../subgraphs/agents/jobs.ts'
import type { StepWork } from '../run-progress.ts'

/** Reduces what the run has so far to a new value. */
export const runTransform = (work: StepWork, step: TransformStep): Promise<unknown> => work.evaluate(step.expression)
