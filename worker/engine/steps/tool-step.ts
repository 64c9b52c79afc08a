import { type ToolStep, templateExpression } from '../../../subgraphs/agents/jobs.ts'
import { invokeAction } from '../../../subgraphs/integrations/jobs.ts'
import type { StepWork } from '../run-progress.ts'

const actionTimeoutMs = 60_000

/** Calls a connector's action, with the rights of the run where the action reaches the platform itself. */
export async function runTool(work: StepWork, step: ToolStep): Promise<unknown> {
  const { ctx, parts, effectKey, runToken, signal } = work
  const place = { ...ctx, db: parts.databases.integrations, parts: parts.integrations, loaders: new Map() }
  return invokeAction(place, {
    connectionId: step.connection,
    action: step.action,
    with: await fill(work, step.with),
    effectKey,
    runToken,
    signal,
    timeoutMs: step.timeoutMs ?? actionTimeoutMs,
  })
}

/** Replaces each string that is wholly `{{ expression }}` by the expression's value. */
async function fill(work: StepWork, template: unknown): Promise<unknown> {
  if (typeof template === 'string') {
    const expression = templateExpression(template)
    return expression === undefined ? template : work.evaluate(expression)
  }
  if (Array.isArray(template)) return Promise.all(template.map((item) => fill(work, item)))
  if (typeof template !== 'object' || template === null) return template
  const entries = Object.entries(template).map(async ([name, value]) => [name, await fill(work, value)] as const)
  return Object.fromEntries(await Promise.all(entries))
}
