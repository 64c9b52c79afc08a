import type { StepOf } from '../../../subgraphs/agents/jobs.ts'
import { within } from '../frame.ts'
import { innerPrefix } from '../inner-prefix.ts'
import type { CompositeWork } from './composite-work.ts'

/**
 * Goes on with the steps of the first case whose condition is true. The choice is kept with the step, so that a run that
 * was taken over goes on where it was, even if the condition would now decide otherwise.
 *
 * @returns the last output of the steps taken; null when none were
 */
export async function runBranch(
  { run, record, frame, runWithin }: CompositeWork,
  step: StepOf<'branch'>,
): Promise<unknown> {
  const decided = record.state as { readonly taken: number | null } | null
  const taken = decided === null ? await choose() : decided.taken
  const steps = taken === null ? step.otherwise : step.cases[taken]?.steps
  return runWithin(steps ?? [], within(frame, { prefix: `${innerPrefix(record)}/` }))

  async function choose(): Promise<number | null> {
    let taken: number | null = null
    for (const [index, each] of step.cases.entries()) {
      if ((await run.evaluate(each.when, frame)) !== true) continue
      taken = index
      break
    }
    record.state = { taken }
    run.journal.keep(record)
    return taken
  }
}
