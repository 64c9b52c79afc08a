import type { Environment } from '../local/environment.ts'
import { stages } from '../local/process-record.ts'
import { SetUpError } from '../local/set-up-error.ts'
import type { HousePlan } from './house-plan.ts'
import { type LineSink, startNodeProcess } from './node-process.ts'

export interface StepOptions {
  readonly home: string
  readonly plan: HousePlan
  readonly env: Environment
  readonly onLine: LineSink
  readonly signal: AbortSignal | undefined
}

/** Runs the plan's steps one after the other. @throws SetUpError naming the step that failed */
export async function runSteps({ home, plan, env, onLine, signal }: StepOptions): Promise<void> {
  for (const { name, entry } of plan.steps) {
    signal?.throwIfAborted()
    const spec = { name, entry, root: plan.root, env, home, stage: stages.subgraph, graceMs: 5_000, onLine }
    const step = startNodeProcess(spec)
    const stop = () => void step.stop()
    signal?.addEventListener('abort', stop)
    const how = await step.ended
    signal?.removeEventListener('abort', stop)
    signal?.throwIfAborted()
    if (how !== 'exit code 0') throw new SetUpError(`${name} failed (${how}): ${step.lastLine() || 'it said nothing'}`)
  }
}
