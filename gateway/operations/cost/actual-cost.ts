import type { Variables } from '../../execution/operation.ts'
import type { Alternative, CostedField, CostedOperation, CostedSet } from './costed-operation.ts'
import { inputOf } from './estimate-cost.ts'

type Data = Readonly<Record<string, unknown>>

/**
 * What an operation came to, by the lists that its answer really has. What was answered with null cost nothing.
 *
 * @param data of the answer; null when there is none
 * @param variables coerced, with defaults
 */
export function actualCost(
  { base, root }: CostedOperation,
  data: Data | null | undefined,
  variables: Variables,
): number {
  return data == null ? base : Math.ceil(base + costOfObject(root, data, variables))
}

function costOfObject(set: CostedSet, data: Data, variables: Variables): number {
  const { weight, fields } = alternativeOf(set, data)
  let cost = weight
  for (const field of fields) {
    const value = data[field.key]
    if (value === undefined) continue
    cost += inputOf(field, variables) + costOfValue(field, value, variables)
  }
  return cost
}

function costOfValue(field: CostedField, value: unknown, variables: Variables): number {
  if (value === null) return 0
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + costOfValue(field, item, variables), 0)
  if (field.below === null) return field.leafWeight ?? 0
  return typeof value === 'object' ? costOfObject(field.below, value as Data, variables) : 0
}

/** Which of several types an object is of is told by its name where it was asked for, or else by its keys. */
function alternativeOf({ alternatives }: CostedSet, data: Data): Alternative {
  const [first] = alternatives
  if (first === undefined) throw new Error('A set of selections is of one type at least.')
  if (alternatives.length === 1) return first
  const { __typename } = data
  if (typeof __typename === 'string') {
    const named = alternatives.find(({ types }) => types.includes(__typename))
    if (named !== undefined) return named
  }
  const keys = Object.keys(data)
  return alternatives.find((one) => one.keys.size === keys.length && keys.every((key) => one.keys.has(key))) ?? first
}
