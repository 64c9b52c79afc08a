import type { Step, StepRecord } from '../../subgraphs/agents/jobs.ts'
import { apart, type Frame, within } from './frame.ts'
import type { RunInHand } from './run-in-hand.ts'

/** A step that succeeded and that its author knows how to undo, with what is seen where it stands. */
export interface Undoing {
  readonly record: StepRecord
  readonly steps: readonly Step[]
  readonly frame: Frame
}

/**
 * What a run has to undo, the last done first. Found by going through the definition beside what is stored, so that any
 * owner comes to the same. Steps that a fork took over from another run are that run's to undo.
 */
export function undoingsOf(run: RunInHand, signal: AbortSignal): Undoing[] {
  const found: Undoing[] = []
  const frame = { prefix: '', steps: {}, names: {}, signal, deadlineMs: Number.POSITIVE_INFINITY }
  goThrough(run, run.run.definition.steps, frame, found)
  return found.toSorted((one, other) => (other.record.doneOrdinal ?? 0) - (one.record.doneOrdinal ?? 0))
}

/** @returns what the last of the steps has given */
function goThrough(run: RunInHand, steps: readonly Step[], frame: Frame, found: Undoing[]): unknown {
  let output: unknown = null
  for (const step of steps) {
    const record = run.steps.at(`${frame.prefix}${step.id}`)
    if (record === undefined) continue
    goWithin(run, step, record, frame, found)
    if (record.status === 'SUCCEEDED' && step.compensate !== undefined && record.epoch !== 0)
      found.push({ record, steps: step.compensate, frame })
    output = outputOf(run, step, record, frame, found)
    frame.steps[step.id] = output
  }
  return output
}

/** What is seen of a step: its output, or what its failure came to. */
function outputOf(run: RunInHand, step: Step, record: StepRecord, frame: Frame, found: Undoing[]): unknown {
  if (record.status === 'SUCCEEDED') return record.output
  if (record.status !== 'FAILED') return null
  const { error } = record
  if (step.onFailure === undefined) return step.continueOnError === true ? { error } : null
  const handling = within(frame, { prefix: `${record.path}/onFailure/`, names: { error } })
  return goThrough(run, step.onFailure, handling, found)
}

/** The steps within a step, of all its attempts: each may have had effects. */
function goWithin(run: RunInHand, step: Step, record: StepRecord, frame: Frame, found: Undoing[]): void {
  for (let attempt = 1; attempt <= record.attempt; attempt++) {
    const prefix = attempt === 1 ? record.path : `${record.path}#${attempt}`
    if (step.kind === 'branch')
      for (const steps of [...step.cases.map((each) => each.steps), step.otherwise ?? []])
        goThrough(run, steps, within(frame, { prefix: `${prefix}/` }), found)
    if (step.kind === 'parallel')
      for (const [name, steps] of Object.entries(step.branches))
        goThrough(run, steps, within(frame, { prefix: `${prefix}/${name}/` }), found)
    if (step.kind === 'map') {
      const { items = [] } = (record.state ?? {}) as { readonly items?: readonly unknown[] }
      for (const [index, item] of items.entries())
        goThrough(run, step.steps, apart(frame, { prefix: `${prefix}[${index}]/`, names: { item, index } }), found)
    }
    if (step.kind === 'loop') {
      const { most = 0 } = (record.state ?? {}) as { readonly most?: number }
      let previous: unknown = null
      for (let index = 0; index < most; index++) {
        const place = apart(frame, { prefix: `${prefix}[${index}]/`, names: { index, previous } })
        previous = goThrough(run, step.steps, place, found)
      }
    }
  }
}
