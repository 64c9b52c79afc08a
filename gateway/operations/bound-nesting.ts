import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql'
import { OperationTooComplexError } from '../errors/edge.errors.ts'
import type { Check } from '../execution/operation.ts'

/**
 * Refuses operations whose selections are nested deeper than `levelsMax`. The planner's work grows with the cube of the
 * depth: 800 levels that cross subgraphs take it seconds and most of a gigabyte, 2 000 end the process.
 */
export const boundNesting =
  (levelsMax: number): Check =>
  ({ document, definition }) => {
    if (levelsOf(definition.selectionSet, document, levelsMax) > levelsMax)
      throw new OperationTooComplexError(`The operation is nested more than ${levelsMax} levels deep.`)
  }

/** How deep fields are nested, fragments spread out (a valid document has no cycles); stops counting above `enough`. */
export function levelsOf(operation: SelectionSetNode, document: DocumentNode, enough: number): number {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  // Each fragment is measured once, however often it is spread.
  const measured = new Map<string, number>()
  const ofFragment = (name: string, above: number): number => {
    const known = measured.get(name)
    if (known !== undefined) return known
    const set = fragments.get(name)?.selectionSet
    const levels = set === undefined ? 0 : ofSet(set, above)
    measured.set(name, levels)
    return levels
  }
  const ofSet = (set: SelectionSetNode, above: number): number => {
    let most = 0
    if (above > enough) return most
    for (const selection of set.selections) {
      let levels = 0
      if (selection.kind === Kind.FRAGMENT_SPREAD) levels = ofFragment(selection.name.value, above)
      else if (selection.kind === Kind.INLINE_FRAGMENT) levels = ofSet(selection.selectionSet, above)
      else levels = 1 + (selection.selectionSet === undefined ? 0 : ofSet(selection.selectionSet, above + 1))
      most = Math.max(most, levels)
    }
    return most
  }
  return ofSet(operation, 0)
}
