import { DomainError } from '#platform/errors/domain-error'
import { mapItemsMax, outputBounds, type StepOf, storableJson } from '../../../subgraphs/agents/jobs.ts'
import { apart, type Frame } from '../frame.ts'
import { innerPrefix } from '../inner-prefix.ts'
import { runTogether } from '../run-together.ts'
import { StepFailedError } from '../step-errors.ts'
import type { CompositeWork } from './composite-work.ts'

const lanesDefault = 4

/** JSONata takes a list that it made of one item for that item. */
const noList = 'This is none: an expression that may find one item only ends in `[]` to give a list all the same.'

class ItemsInvalidError extends DomainError {
  constructor(fault = '') {
    super('STEP_ITEMS_INVALID', `The items of a map are a list of at most ${mapItemsMax}.${fault && ` ${fault}`}`)
  }
}

/** @returns the last output of each item's steps, in the order of the items */
export async function runMap(work: CompositeWork, step: StepOf<'map'>): Promise<unknown> {
  const { run, record, frame, runWithin } = work
  const items = await itemsOf(work, step)
  const outputs: unknown[] = items.map(() => null)
  let next = 0
  const lane = async (inner: Frame) => {
    for (let index = next++; index < items.length; index = next++) {
      const names = { item: items[index], index }
      const place = apart(inner, { prefix: `${innerPrefix(record)}[${index}]/`, names })
      outputs[index] = await runWithin(step.steps, place).catch((error) => {
        if (step.skipFailures !== true || !(error instanceof StepFailedError)) throw error
        return null
      })
    }
  }
  const lanes = Math.min(step.concurrency ?? lanesDefault, items.length)
  await runTogether(
    run,
    frame,
    Array.from({ length: lanes }, () => lane),
  )
  return outputs
}

/** Decided once: an expression may ask the time, or a random number. */
async function itemsOf({ run, record, frame }: CompositeWork, step: StepOf<'map'>): Promise<readonly unknown[]> {
  const decided = record.state as { readonly items: readonly unknown[] } | null
  if (decided !== null) return decided.items
  const items = (await run.evaluate(step.items, frame)) ?? []
  if (!Array.isArray(items)) throw new ItemsInvalidError(noList)
  if (items.length > mapItemsMax) throw new ItemsInvalidError()
  const stored = storableJson(items, outputBounds)
  if (!stored.ok) throw new ItemsInvalidError(stored.fault)
  record.state = { items }
  run.journal.keep(record)
  return items
}
