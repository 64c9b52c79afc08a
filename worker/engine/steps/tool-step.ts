import type { StepOf } from '../../../subgraphs/agents/jobs.ts'
import { invokeAction } from '../../../subgraphs/integrations/jobs.ts'
import type { StepWork } from '../attempt-step.ts'
import { fillTemplate } from '../fill-template.ts'
import { integrationsCtx } from '../integrations-ctx.ts'
import { noteInput } from '../note-input.ts'
import { timeLeftMs } from '../time-left.ts'

/** Calls a connector's action, with the rights of the run where the action reaches the platform itself. */
export async function runTool(work: StepWork, step: StepOf<'tool'>): Promise<unknown> {
  const { run, frame } = work
  return callAction(work, step, await fillTemplate(step.with, (expression) => run.evaluate(expression, frame)))
}

/** Calls an action with its input, under the step's effect key. */
export function callAction(
  work: StepWork,
  { connection, action }: Pick<StepOf<'tool'>, 'connection' | 'action'>,
  input: unknown,
): Promise<unknown> {
  const { run, record, frame } = work
  noteInput(record, { connection, action, with: input })
  return invokeAction(integrationsCtx(work), {
    connectionId: connection,
    action,
    with: input,
    effectKey: record.effectKey,
    runToken: run.runToken,
    signal: frame.signal,
    timeoutMs: timeLeftMs(work),
  })
}
