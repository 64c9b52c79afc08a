import type { Path } from './fault.ts'
import { templateExpression } from './template.ts'
import { entriesOf, type FoundStep, isObject } from './walk-steps.ts'

export interface FoundExpression {
  readonly expression: string
  readonly path: Path
}

/** Every JSONata expression of a step, where it stands. */
export function* expressionsOf({ step, path }: FoundStep): Generator<FoundExpression> {
  if (step.kind === 'transform' && typeof step.expression === 'string')
    yield { expression: step.expression, path: [...path, 'expression'] }
  if (step.kind === 'tool') yield* templatesOf(step.with, [...path, 'with'])
  for (const [index, each] of step.kind === 'branch' ? entriesOf(step.cases) : []) {
    if (isObject(each) && typeof each.when === 'string')
      yield { expression: each.when, path: [...path, 'cases', index, 'when'] }
  }
}

function* templatesOf(value: unknown, path: Path): Generator<FoundExpression> {
  if (typeof value === 'string') {
    const expression = templateExpression(value)
    if (expression !== undefined) yield { expression, path }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value))
      yield* templatesOf(item, [...path, Array.isArray(value) ? Number(name) : name])
  }
}
