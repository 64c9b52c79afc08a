import { type DocumentNode, type FieldNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql'
import { OperationTooComplexError } from '../../errors/edge.errors.ts'

/** Some 100 ms of validation. */
const pairsMax = 300_000
/** Beyond any limit of fields; for fragments within themselves, which validation refuses. */
const looksMax = 200_000

/**
 * Refuses a document that asks for the same keys in the same places over and over. Validation compares each two fields of one
 * key (GraphQL §5.3.2, Field Selection Merging): thousands of them, which are within every other limit, would take seconds.
 *
 * @throws OperationTooComplexError
 */
export function boundRepetition({ definitions }: DocumentNode): void {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const one of definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one)
  const count = { pairs: 0, looks: 0 }
  const levels: (readonly SelectionSetNode[])[] = []
  for (const one of definitions) if ('selectionSet' in one) levels.push([one.selectionSet])
  for (let sets = levels.pop(); sets !== undefined; sets = levels.pop()) {
    for (const fields of byKey(sets, fragments, count).values()) {
      count.pairs += (fields.length * (fields.length - 1)) / 2
      if (count.pairs > pairsMax) throw tooMuch()
      const below = fields.flatMap(({ selectionSet }) => selectionSet ?? [])
      if (below.length > 0) levels.push(below)
    }
  }
}

/** The fields of selection sets that are merged, with their fragments seen through. */
function byKey(
  sets: readonly SelectionSetNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  count: { looks: number },
): Map<string, FieldNode[]> {
  const found = new Map<string, FieldNode[]>()
  const open = [...sets]
  const spread = new Set<string>()
  for (let set = open.pop(); set !== undefined; set = open.pop()) {
    for (const selection of set.selections) {
      count.looks += 1
      if (count.looks > looksMax) throw tooMuch()
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value
        const before = found.get(key)
        if (before === undefined) found.set(key, [selection])
        else before.push(selection)
      } else if (selection.kind === Kind.INLINE_FRAGMENT) open.push(selection.selectionSet)
      else if (!spread.has(selection.name.value)) {
        // Validation too looks at a fragment once in each place.
        spread.add(selection.name.value)
        const fragment = fragments.get(selection.name.value)
        if (fragment !== undefined) open.push(fragment.selectionSet)
      }
    }
  }
  return found
}

const tooMuch = () =>
  new OperationTooComplexError('The operation asks for the same fields too often, or for a fragment within itself.')
