import type { Path } from './fault.ts'
import { templateParts } from './template.ts'
import { entriesOf, type FoundStep, isObject } from './walk-steps.ts'

export interface FoundExpression {
  readonly expression: string
  readonly path: Path
}

/** The settings that are a JSONata expression themselves. */
const expressionSettings = ['when', 'expression', 'items', 'while', 'until'] as const
/** The settings whose texts may hold expressions. */
const templateSettings = [
  'with',
  'input',
  'body',
  'show',
  'url',
  'headers',
  'prompt',
  'system',
  'title',
  'message',
] as const

/** Every JSONata expression of a step, where it stands. */
export function* expressionsOf({ step, path }: FoundStep): Generator<FoundExpression> {
  yield* settingsOf(step, path, expressionSettings)
  for (const setting of templateSettings) yield* templatesOf(step[setting], [...path, setting])
  if (isObject(step.retry)) yield* settingsOf(step.retry, [...path, 'retry'], ['retryIf'])
  if (isObject(step.event)) yield* settingsOf(step.event, [...path, 'event'], ['key'])
  for (const [index, each] of entriesOf(step.cases))
    if (isObject(each)) yield* settingsOf(each, [...path, 'cases', index], ['when'])
  for (const [index, tool] of entriesOf(step.tools))
    if (isObject(tool)) yield* templatesOf(tool.with, [...path, 'tools', index, 'with'])
}

/** The expressions of a definition that stand outside its steps. */
export function* outerExpressions(definition: Readonly<Record<string, unknown>>): Generator<FoundExpression> {
  yield* settingsOf(definition, [], ['output'])
  const { limits } = definition
  if (!isObject(limits)) return
  for (const name of ['concurrency', 'rate']) {
    const limit = limits[name]
    if (isObject(limit)) yield* settingsOf(limit, ['limits', name], ['key'])
  }
}

function* settingsOf(
  holder: Readonly<Record<string, unknown>>,
  path: Path,
  names: readonly string[],
): Generator<FoundExpression> {
  for (const name of names) {
    const expression = holder[name]
    if (typeof expression === 'string') yield { expression, path: [...path, name] }
  }
}

function* templatesOf(value: unknown, path: Path): Generator<FoundExpression> {
  if (typeof value === 'string') {
    for (const part of templateParts(value)) if (typeof part !== 'string') yield { expression: part.expression, path }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value))
      yield* templatesOf(item, [...path, Array.isArray(value) ? Number(name) : name])
  }
}
