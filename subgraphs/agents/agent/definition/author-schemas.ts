import { setImmediate } from 'node:timers/promises'
import type { JsonSchemas } from '#platform/json-schema/json-schemas'
import { authorSchemasMax } from '../agent.limits.ts'
import { type Fault, faultAt, type Path } from './fault.ts'
import { entriesOf, type FoundStep, isObject } from './walk-steps.ts'

interface FoundSchema {
  readonly schema: unknown
  readonly path: Path
}

/**
 * What is wrong with the JSON Schemas that a definition holds: of the run's input and output, of models' answers, of
 * tools' arguments and of approvals' forms.
 */
export async function faultsOfSchemas(
  definition: unknown,
  steps: readonly FoundStep[],
  schemas: JsonSchemas,
): Promise<Fault[]> {
  const found = [...outerSchemas(definition), ...steps.flatMap((step) => [...schemasOfStep(step)])]
  if (found.length > authorSchemasMax)
    return [faultAt([], `There are ${found.length} schemas; ${authorSchemasMax} at most.`)]
  const faults: Fault[] = []
  for (const { schema, path } of found) {
    // What is no object is told by the definition's shape.
    if (!isObject(schema)) continue
    for (const fault of schemas.faultsIn(schema)) faults.push(faultAt([...path, ...fault.path], fault.message))
    // Compiling one takes milliseconds: other requests go in between.
    await setImmediate()
  }
  return faults
}

function* outerSchemas(definition: unknown): Generator<FoundSchema> {
  if (isObject(definition)) yield* schemasNamed(definition, [], ['inputSchema', 'outputSchema'])
}

function* schemasOfStep({ step, path }: FoundStep): Generator<FoundSchema> {
  yield* schemasNamed(step, path, ['output', 'form'])
  for (const [index, tool] of entriesOf(step.tools)) {
    if (!isObject(tool)) continue
    const at = [...path, 'tools', index]
    yield* schemasNamed(tool, at, ['parameters'])
    if (isObject(tool.approval)) yield* schemasNamed(tool.approval, [...at, 'approval'], ['form'])
  }
}

function* schemasNamed(
  holder: Readonly<Record<string, unknown>>,
  path: Path,
  names: readonly string[],
): Generator<FoundSchema> {
  for (const name of names) if (holder[name] !== undefined) yield { schema: holder[name], path: [...path, name] }
}
