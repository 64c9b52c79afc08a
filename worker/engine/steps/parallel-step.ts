import type { StepOf } from '../../../subgraphs/agents/jobs.ts'
import { within } from '../frame.ts'
import { innerPrefix } from '../inner-prefix.ts'
import { runTogether } from '../run-together.ts'
import type { CompositeWork } from './composite-work.ts'

/** @returns the last output of each branch, under its name */
export async function runParallel(
  { run, record, frame, runWithin }: CompositeWork,
  step: StepOf<'parallel'>,
): Promise<unknown> {
  const branches = Object.entries(step.branches)
  const lanes = branches.map(
    ([name, steps]) =>
      (inner: typeof frame) =>
        runWithin(steps, within(inner, { prefix: `${innerPrefix(record)}/${name}/` })),
  )
  const outputs = await runTogether(run, frame, lanes)
  return Object.fromEntries(branches.map(([name], index) => [name, outputs[index]]))
}
