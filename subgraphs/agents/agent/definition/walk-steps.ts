import type { Path } from './fault.ts'

export interface FoundStep {
  readonly step: Readonly<Record<string, unknown>>
  readonly path: Path
  /** 1 for the outermost. */
  readonly depth: number
}

/**
 * Everything in a definition that stands where a step should, in order, however wrong the rest is: so that one fault
 * does not hide another.
 */
export function* walkSteps(steps: unknown, path: Path, depth = 1): Generator<FoundStep> {
  for (const [index, step] of entriesOf(steps)) {
    const place = [...path, index]
    if (!isObject(step)) continue
    yield { step, path: place, depth }
    for (const [within, inner] of innerLists(step)) yield* walkSteps(inner, [...place, ...within], depth + 1)
  }
}

/** The lists of steps within a step, each with the way to it. */
function* innerLists(step: Readonly<Record<string, unknown>>): Generator<[Path, unknown]> {
  for (const [index, each] of entriesOf(step.cases)) if (isObject(each)) yield [['cases', index, 'steps'], each.steps]
  if (isObject(step.branches))
    for (const [name, steps] of Object.entries(step.branches)) yield [['branches', name], steps]
  for (const name of ['otherwise', 'steps', 'onFailure', 'compensate']) yield [[name], step[name]]
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const entriesOf = (value: unknown): [number, unknown][] => (Array.isArray(value) ? [...value.entries()] : [])
