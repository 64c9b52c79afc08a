import type { BranchStep } from '../../../subgraphs/agents/jobs.ts'
import type { StepWork } from '../run-progress.ts'

/**
 * Chooses the first case whose condition is true; null when none is. The choice is the step's output, so that a run
 * taken over goes on where it was, even if the condition would now decide otherwise.
 */
export async function runBranch(work: StepWork, step: BranchStep): Promise<{ taken: number | null }> {
  for (const [index, each] of step.cases.entries()) {
    if ((await work.evaluate(each.when)) === true) return { taken: index }
  }
  return { taken: null }
}
