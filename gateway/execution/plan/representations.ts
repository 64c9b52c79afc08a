import type { RequiredSelection } from '../../planning/query-plan.ts'
import { mergeInto } from './merge-into.ts'
import { type Data, isObject, ownValue, setOwn } from './own.ts'
import type { Subtypes } from './subtypes.ts'

/** Representations of entities, each once, and which of them each object is. */
export interface Representations {
  readonly unique: readonly Data[]
  /** For each object the place of its representation in `unique`; -1 for one that cannot be asked for. */
  readonly placeOf: readonly number[]
}

/**
 * What a subgraph is asked for entities by (Federation `_Any`): the required fields of each object. An object that lacks one
 * of them is not asked for; of several objects that are the same entity, one is.
 */
export function representationsOf(
  objects: readonly Data[],
  requires: readonly RequiredSelection[],
  subtypes: Subtypes,
  rewrite: ((representation: Data) => void) | null,
): Representations {
  const places = new Map<string, number>()
  const unique: Data[] = []
  const placeOf = objects.map((object) => {
    const representation = represent(object, requires, subtypes)
    if (representation === null || typeof representation.__typename !== 'string') return -1
    rewrite?.(representation)
    const key = JSON.stringify(representation)
    const known = places.get(key)
    if (known !== undefined) return known
    places.set(key, unique.length)
    unique.push(representation)
    return unique.length - 1
  })
  return { unique, placeOf }
}

function represent(object: Data, requires: readonly RequiredSelection[], subtypes: Subtypes): Data | null {
  const made: Data = {}
  for (const selection of requires) {
    if (selection.kind === 'InlineFragment') {
      const { typeCondition } = selection
      if (typeCondition === undefined) continue
      const { __typename: typename } = object
      if (typeof typename !== 'string' || !subtypes.is(typename, typeCondition)) continue
      const part = represent(object, selection.selections, subtypes)
      if (part !== null) mergeInto(made, part)
      continue
    }
    const key = selection.alias ?? selection.name
    const value = ownValue(object, key)
    if (value === undefined) return null
    setOwn(made, key, selection.selections === undefined ? value : below(value, selection.selections, subtypes))
  }
  return made
}

function below(value: unknown, selections: readonly RequiredSelection[], subtypes: Subtypes): unknown {
  if (Array.isArray(value)) return value.map((item) => below(item, selections, subtypes))
  return isObject(value) ? represent(value, selections, subtypes) : value
}
