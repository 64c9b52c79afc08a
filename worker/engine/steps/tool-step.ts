import type { StepOf } from '../../../subgraphs/agents/jobs.ts'
import { invokeAction } from '../../../subgraphs/integrations/jobs.ts'
import type { StepWork } from '../attempt-step.ts'
import { fillTemplate } from '../fill-template.ts'
import { timeLeftMs } from '../time-left.ts'

/** Calls a connector's action, with the rights of the run where the action reaches the platform itself. */
export async function runTool(work: StepWork, step: StepOf<'tool'>): Promise<unknown> {
  const { run, record, frame, ctx } = work
  const { databases, integrations } = run.parts
  const place = { ...ctx, db: databases.integrations, parts: integrations, loaders: new Map() }
  return invokeAction(place, {
    connectionId: step.connection,
    action: step.action,
    with: await fillTemplate(step.with, (expression) => run.evaluate(expression, frame)),
    effectKey: record.effectKey,
    runToken: run.runToken,
    signal: frame.signal,
    timeoutMs: timeLeftMs(work),
  })
}
