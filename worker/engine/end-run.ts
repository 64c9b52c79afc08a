import {
  endActions,
  faultAt,
  outputBounds,
  type RunEnding,
  RunOutputInvalidError,
  storableJson,
  storableText,
} from '../../subgraphs/agents/jobs.ts'
import type { NextLook } from './advance-run.ts'
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

/** Writes the run's end, once; what is still open in it is given up. */
export async function endRun(run: RunInHand, { status, error }: RunEnding, output?: unknown): Promise<NextLook> {
  run.cancelWithin()
  const told = error === undefined ? {} : { error: { ...error, message: storableText(error.message) } }
  run.journal.tell(endActions[status], told)
  await run.journal.finish({ status, ...told, ...(output === undefined ? {} : { output }) })
  return undefined
}
