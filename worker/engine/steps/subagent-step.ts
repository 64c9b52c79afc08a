import { askToEnd, type Resolution, type RunUsage, type StepOf, startChildRun } from '../../../subgraphs/agents/jobs.ts'
import type { StepWork } from '../attempt-step.ts'
import { fillTemplate } from '../fill-template.ts'
import { RunParked } from '../run-stopped.ts'
import { StepFailedError } from '../step-errors.ts'

/** The run that an attempt of the step has started. */
interface Started {
  readonly attempt: number
  readonly runId: string
  /** Whether what it used is counted by the run that waits for it. */
  readonly isCounted?: true
}

/**
 * Starts a run of another agent, once for each attempt, and waits for its end without a worker. What it used counts in the run that waited for it.
 *
 * @returns the run's output; `{ runId }` of one that is not waited for
 * @throws StepFailedError with the code of the run's failure
 */
export async function runSubagent(work: StepWork, step: StepOf<'subagent'>): Promise<unknown> {
  const { run, record, frame } = work
  const runId = startedBy(work) ?? (await start(work, step))
  if (step.wait === false) return { runId }
  for (;;) {
    const answer = run.steps.resolution(record.path) as (Resolution & { readonly value: ChildEnd }) | undefined
    if (answer?.value.runId === runId) {
      count(work, answer.value)
      if (answer.status === 'SUCCEEDED') return answer.value.output ?? null
      throw new StepFailedError(record.path, answer.error ?? unknownFailure)
    }
    try {
      await run.wait(record, { for: 'child', dueMs: Number.POSITIVE_INFINITY }, frame)
    } catch (error) {
      // Given up, at its time limit or by what is around it: nobody wants the result any more. A cancelled run asks all of them.
      if (!(error instanceof RunParked) && !run.signal.aborted) await askToEnd(run.ctx, runId)
      throw error
    }
  }
}

interface ChildEnd {
  readonly runId: string
  readonly output?: unknown
  /** Of the run and of those that it waited for; answers of earlier versions have none. */
  readonly used?: Pick<RunUsage, 'inputTokens' | 'outputTokens' | 'costMicros'>
}

const unknownFailure = { code: 'INTERNAL_SERVER_ERROR', message: 'The run that the step started failed.' }

function startedBy({ record }: StepWork): string | undefined {
  const started = record.state as Started | null
  return started?.attempt === record.attempt ? started.runId : undefined
}

/** Once, also when the worker ends before the step does: that it is counted is stored together with the sum. */
function count({ run, record }: StepWork, { used }: ChildEnd): void {
  const started = record.state as Started
  if (used === undefined || started.isCounted === true) return
  record.state = { ...started, isCounted: true } satisfies Started
  run.budget.use(used)
  run.journal.keep(record, used)
}

async function start({ run, record, frame }: StepWork, step: StepOf<'subagent'>): Promise<string> {
  // It may spend by itself, and what it spent is counted when it has ended.
  run.budget.checkSpending()
  const input = await fillTemplate(step.input, (expression) => run.evaluate(expression, frame))
  // Its end is answered to this attempt's row, and may come at once.
  await run.journal.store()
  const { path, attempt, effectKey } = record
  const runId = await startChildRun({ ...run.ctx, parts: run.parts.agents }, run.run, {
    path,
    attempt,
    effectKey,
    agentId: step.agent,
    input,
  })
  record.state = { attempt, runId } satisfies Started
  run.journal.keep(record)
  return runId
}
