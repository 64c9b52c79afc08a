import {
  askToEnd,
  endActions,
  faultAt,
  openChildren,
  outputBounds,
  parentPathOf,
  type RunEnding,
  RunOutputInvalidError,
  storableJson,
} from '../../subgraphs/agents/jobs.ts'
import type { NextLook } from './advance-run.ts'
import { compensate } from './compensate.ts'
import type { Frame } from './frame.ts'
import type { RunInHand } from './run-in-hand.ts'

/** What the run comes to. @throws RunOutputInvalidError RUN_OUTPUT_INVALID; what its expression throws */
export async function outputOf(run: RunInHand, frame: Frame, last: unknown): Promise<unknown> {
  const { output, outputSchema } = run.run.definition
  const value = output === undefined ? last : ((await run.evaluate(output, frame)) ?? null)
  const stored = storableJson(value ?? null, outputBounds)
  if (!stored.ok) throw new RunOutputInvalidError(stored.fault)
  if (outputSchema !== undefined) checkOutput(run, outputSchema, value ?? null)
  return value
}

function checkOutput(run: RunInHand, outputSchema: object, value: unknown): void {
  const faults = run.parts.agents.schemas.compile(outputSchema).faultsOf(value)
  if (faults.length === 0) return
  const shown = faults.slice(0, 3).map(({ path, message }) => {
    const fault = faultAt(['output', ...path], message)
    return `${fault.path} ${fault.message}`
  })
  throw new RunOutputInvalidError(`It does not fit the agent's schema: ${shown.join('; ')}.`)
}

/**
 * Brings the run to its end: what it started and nobody waits for any more is asked to end, and, unless the run
 * succeeded, what it did is undone.
 *
 * @throws RunParked; the signal's reason
 */
export async function bringToEnd(run: RunInHand, ending: RunEnding, output?: unknown): Promise<NextLook> {
  // What it has used up must not keep it from being undone.
  run.budget.lift()
  await endChildren(run, ending)
  if (ending.status === 'SUCCEEDED') return endRun(run, ending, output)
  const { undone, notUndone } = await compensate(run, ending)
  return endRun(run, ending, undefined, {
    ...(undone.length > 0 && { undone }),
    ...(notUndone.length > 0 && { notUndone }),
  })
}

/**
 * Writes the run's end, once; what is still open in it is given up.
 *
 * @param details further facts for the audit record
 */
export async function endRun(
  run: RunInHand,
  { status, error }: RunEnding,
  output?: unknown,
  details: Readonly<Record<string, string[]>> = {},
): Promise<NextLook> {
  run.steps.cancelWithin()
  const told = error === undefined ? {} : { error }
  run.journal.tell(endActions[status], { ...told, ...details })
  await run.journal.finish({ status, ...told, ...(output === undefined ? {} : { output }) }, details)
  return undefined
}

/** A cancelled run ends all that its steps have started; any other, those of which a step was given up. */
async function endChildren(run: RunInHand, { status }: RunEnding): Promise<void> {
  const starters = run.steps.all().filter(({ kind }) => kind === 'subagent')
  if (starters.length === 0) return
  const kept = new Set(starters.filter((step) => step.status === 'SUCCEEDED').map(parentPathOf))
  for (const child of await openChildren(run.ctx, run.run.runId))
    if (status === 'CANCELLED' || !kept.has(child.parentPath)) await askToEnd(run.ctx, child.runId)
}
