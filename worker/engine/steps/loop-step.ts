import { DomainError } from '#platform/errors/domain-error'
import type { StepOf } from '../../../subgraphs/agents/jobs.ts'
import { apart } from '../frame.ts'
import { innerPrefix } from '../inner-prefix.ts'
import type { CompositeWork } from './composite-work.ts'

class LoopNotEndedError extends DomainError {
  constructor(maxIterations: number) {
    super('STEP_LOOP_NOT_ENDED', `The loop did not end in its ${maxIterations} iterations.`)
  }
}

/** What an attempt has decided so far: the iterations begun, and whether the last of them was the end. */
interface Decided {
  readonly attempt: number
  readonly begun: number
  readonly ended: boolean
  /** Iterations begun by any attempt. */
  readonly most: number
}

/** @returns the last output of the last iteration; null when there was none */
export async function runLoop(
  { run, record, frame, runWithin }: CompositeWork,
  step: StepOf<'loop'>,
): Promise<unknown> {
  let previous: unknown = null
  for (let index = 0; ; index++) {
    const names = { index, previous }
    const place = apart(frame, { prefix: `${innerPrefix(record)}[${index}]/`, names })
    if (!(await goesOn(index))) return previous
    previous = await runWithin(step.steps, place)
    if (decided().begun === index + 1 && !decided().ended && step.until !== undefined) {
      const ended = (await run.evaluate(step.until, apart(place, { names: { previous } }))) === true
      if (ended) decide(index + 1, ended)
    }
  }

  function decided(): Decided {
    const { attempt } = record
    const known = record.state as Decided | null
    return known?.attempt === attempt ? known : { attempt, begun: 0, ended: false, most: known?.most ?? 0 }
  }

  function decide(begun: number, ended: boolean): void {
    record.state = { ...decided(), begun, ended, most: Math.max(decided().most, begun) } satisfies Decided
    run.journal.keep(record)
  }

  /** Whether there is an iteration with this index; decided once. */
  async function goesOn(index: number): Promise<boolean> {
    const { begun, ended } = decided()
    if (index < begun) return true
    if (ended) return false
    if (step.while !== undefined) {
      const going = (await run.evaluate(step.while, apart(frame, { names: { index, previous } }))) === true
      if (!going) {
        decide(begun, true)
        return false
      }
    }
    if (index >= step.maxIterations) throw new LoopNotEndedError(step.maxIterations)
    decide(index + 1, false)
    return true
  }
}
