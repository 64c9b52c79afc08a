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

/**
 * Replaces each string that is wholly `{{ expression }}` by the expression's value, one after the other: the threads are
 * shared by all runs, and a template with thousands of expressions must not fill the queue before them.
 */
async function fill(work: StepWork, template: unknown): Promise<unknown> {
  if (typeof template === 'string') {
    const expression = templateExpression(template)
    return expression === undefined ? template : work.evaluate(expression)
  }
  if (typeof template !== 'object' || template === null) return template
  const entries: [string, unknown][] = []
  for (const [name, value] of Object.entries(template)) entries.push([name, await fill(work, value)])
  return Array.isArray(template) ? entries.map(([, value]) => value) : Object.fromEntries(entries)
}
