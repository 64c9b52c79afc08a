import type { Environment } from '../local/environment.ts'
import { stages } from '../local/process-record.ts'
import { SetUpError } from '../local/set-up-error.ts'
import type { StepPlan } from './house-plan.ts'
import { type LineSink, startNodeProcess } from './node-process.ts'

export interface StepOptions {
  readonly home: string
  readonly root: string
  readonly env: Environment
  readonly onLine: LineSink
  readonly signal: AbortSignal | undefined
}

/**
 * Runs one command of the plan to its end; it is stopped when `signal` gives up.
 *
 * @throws SetUpError naming the step and its last line when it fails
 */
export async function runStep({ name, entry, args }: StepPlan, options: StepOptions): Promise<void> {
  const { signal, ...rest } = options
  signal?.throwIfAborted()
  const step = startNodeProcess({ name, entry, args: args ?? [], stage: stages.subgraph, graceMs: 5_000, ...rest })
  const stop = () => void step.stop()
  signal?.addEventListener('abort', stop)
  const how = await step.ended
  signal?.removeEventListener('abort', stop)
  signal?.throwIfAborted()
  if (how !== 'exit code 0') throw new SetUpError(`${name} failed (${how}): ${step.lastLine() || 'it said nothing'}`)
}

/** Waits for all, even when one fails, so that nothing is still starting when the failure is handled. */
export async function settleAll<T extends readonly unknown[]>(
  work: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  const results = await Promise.allSettled(work)
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  }) as unknown as T
}
