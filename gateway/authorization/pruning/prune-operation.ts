import { createHash } from 'node:crypto'
import { type DocumentNode, type GraphQLSchema, Kind, type OperationDefinitionNode, parse, print, visit } from 'graphql'
import type { Rights } from '#platform/access/rights'
import { possibleTypes } from '#platform/access/selected-field'
import { fragmentsOf } from '../../execution/fragments-of.ts'
import type { Condition } from './conditions.ts'
import { pruneSelections } from './prune-selections.ts'
import type { ConditionalDenial, Selected } from './selected.ts'

/** An operation without the fields that are denied to some callers, and how to read its answer as one to the whole. */
export interface PrunedOperation {
  /** What is planned and executed instead; null when nothing is left to ask for. */
  readonly effective: EffectiveOperation | null
  readonly selected: Selected
  /** The response key under which `effective` asks for types for our own use. */
  readonly typeKey: string
  /** In the order of the operation. */
  readonly denials: readonly ConditionalDenial[]
}

export interface EffectiveOperation {
  readonly text: string
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  /** SHA-256 of the text, hexadecimal: plans are kept by it, so two callers share one exactly when it is the same. */
  readonly queryHash: string
}

/**
 * @param document valid over `schema`, with `operation` in it
 * @param schema as clients see it
 * @returns null when nothing in the operation is denied
 */
export function pruneOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  rights: Rights,
): PrunedOperation | null {
  const parent = schema.getRootType(operation.operation)
  if (parent == null) return null
  const denials: ConditionalDenial[] = []
  const typeKey = unusedKey(document)
  const pruned = pruneSelections(
    { schema, rights, fragments: fragmentsOf(document), operation, typeKey, denials },
    operation.selectionSet,
    { parent, possible: possibleTypes(schema, parent), path: [], when: [] },
  )
  if (denials.length === 0) return null
  const selectionSet = { kind: Kind.SELECTION_SET, selections: pruned.selections } as const
  const effective = pruned.selections.length === 0 ? null : effectiveOf({ ...operation, selectionSet }, denials)
  return { effective, selected: pruned.selected, typeKey, denials }
}

function effectiveOf(operation: OperationDefinitionNode, denials: readonly ConditionalDenial[]): EffectiveOperation {
  const used = new Set(denials.flatMap(({ when }) => when.map(({ variable }: Condition) => variable)))
  const { variableDefinitions = [], ...rest } = operation
  visit({ ...rest, kind: Kind.OPERATION_DEFINITION }, { Variable: ({ name }) => void used.add(name.value) })
  const kept = variableDefinitions.filter(({ variable }) => used.has(variable.name.value))
  const text = print({ ...operation, variableDefinitions: kept })
  // Read back from the text, so that what is planned is what the hash says, and holds no part of the client's document.
  const document = parse(text, { noLocation: true })
  const [definition] = document.definitions
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error('An operation was printed as something else.')
  return { text, document, operation: definition, queryHash: createHash('sha256').update(text).digest('hex') }
}

function unusedKey(document: DocumentNode): string {
  const keys = new Set<string>()
  visit(document, { Field: ({ alias, name }) => void keys.add(alias?.value ?? name.value) })
  let key = 'typeOfObject'
  while (keys.has(key)) key += '_'
  return key
}
