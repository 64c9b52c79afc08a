import type { Step } from '../../../subgraphs/agents/jobs.ts'
import { runAgent } from './agent-step.ts'
import { runApproval } from './approval-step.ts'
import { runBranch } from './branch-step.ts'
import type { CompositeWork } from './composite-work.ts'
import { runHttp } from './http-step.ts'
import { runLlm } from './llm-step.ts'
import { runLoop } from './loop-step.ts'
import { runMap } from './map-step.ts'
import { runParallel } from './parallel-step.ts'
import { runSubagent } from './subagent-step.ts'
import { runTool } from './tool-step.ts'
import { runTransform } from './transform-step.ts'
import { runWait } from './wait-step.ts'

/** What each kind of step does. */
export function executeStep(work: CompositeWork, step: Step): Promise<unknown> {
  switch (step.kind) {
    case 'llm':
      return runLlm(work, step)
    case 'agent':
      return runAgent(work, step)
    case 'tool':
      return runTool(work, step)
    case 'http':
      return runHttp(work, step)
    case 'transform':
      return runTransform(work, step)
    case 'branch':
      return runBranch(work, step)
    case 'parallel':
      return runParallel(work, step)
    case 'map':
      return runMap(work, step)
    case 'loop':
      return runLoop(work, step)
    case 'wait':
      return runWait(work, step)
    case 'approval':
      return runApproval(work, step)
    case 'subagent':
      return runSubagent(work, step)
  }
}
