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
    for (const [caseIndex, each] of entriesOf(step.cases)) {
      if (isObject(each)) yield* walkSteps(each.steps, [...place, 'cases', caseIndex, 'steps'], depth + 1)
    }
    yield* walkSteps(step.otherwise, [...place, 'otherwise'], depth + 1)
  }
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const entriesOf = (value: unknown): [number, unknown][] => (Array.isArray(value) ? [...value.entries()] : [])
