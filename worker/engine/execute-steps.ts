import type { Step } from '../../subgraphs/agents/jobs.ts'
import type { RunProgress } from './run-progress.ts'
import { runBranch } from './steps/branch-step.ts'
import { runTool } from './steps/tool-step.ts'
import { runTransform } from './steps/transform-step.ts'

/**
 * Runs steps in order, each at most once to its end: what an earlier owner of the run completed is taken from its
 * stored output. Steps inside a branch have the branch's path before theirs.
 */
export async function executeSteps(progress: RunProgress, steps: readonly Step[], parent = ''): Promise<void> {
  for (const step of steps) {
    progress.signal.throwIfAborted()
    const path = `${parent}${step.id}`
    const output = await progress.once(path, step, (work) => {
      switch (step.kind) {
        case 'tool':
          return runTool(work, step)
        case 'transform':
          return runTransform(work, step)
        case 'branch':
          return runBranch(work, step)
      }
    })
    progress.outputs[step.id] = output
    if (step.kind === 'branch') {
      const taken = (output as { taken: number | null }).taken
      const chosen = taken === null ? step.otherwise : step.cases[taken]?.steps
      await executeSteps(progress, chosen ?? [], `${path}/`)
    }
  }
}
