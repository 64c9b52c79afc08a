import { allHold } from '../../authorization/pruning/conditions.ts'
import type { Variables } from '../../execution/operation.ts'
import type { CostedField, CostedOperation, CostedSet, Size, Total } from './costed-operation.ts'

/** What an operation can come to at most, if lists are no longer than they say. */
export interface Estimate {
  readonly cost: number
  /** The most entries that one list can have, in all its places together. */
  readonly items: number
}

/** One look at an operation with one set of variables. */
interface Look {
  readonly variables: Variables
}

const nothing: Total = { cost: 0, items: 0 }

/** @param variables coerced, with defaults */
export function estimateCost({ base, root }: CostedOperation, variables: Variables): Estimate {
  const { cost, items } = totalOf(root, 0, { variables })
  return { cost: countable(base + cost), items: countable(items) }
}

/** Which list has the most entries: the keys that lead to it, joined by dots. Null when there is none. */
export function largestList({ root }: CostedOperation, variables: Variables): string | null {
  const look = { variables }
  const path: string[] = []
  let [set, sizeAbove]: [CostedSet | null, number] = [root, 0]
  while (set !== null) {
    let [largest, most]: [CostedField | null, number] = [null, 0]
    for (const field of set.alternatives.flatMap(({ fields }) => fields)) {
      const { items } = fieldTotal(field, sizeAbove, look)
      if (items > most) [largest, most] = [field, items]
    }
    if (largest === null) break
    path.push(largest.key)
    sizeAbove = numberOf(largest.sizeBelow, look)
    set = largest.below
  }
  return path.length === 0 ? null : path.join('.')
}

/** What a field comes to that depends on nothing. */
export const constantOf = (field: Omit<CostedField, 'constant'>): Total =>
  fieldTotal({ ...field, constant: null }, 0, { variables: {} })

/** What a field's arguments cost. */
export const inputOf = ({ input }: CostedField, variables: Variables): number => numberOf(input, { variables })

export const isIncluded = ({ when }: Pick<CostedField, 'when'>, variables: Variables): boolean =>
  when === null || when.some((conditions) => allHold(conditions, variables))

/** @param sizeAbove what the field above says of how many things fields of this set answer with */
function totalOf(set: CostedSet, sizeAbove: number, look: Look): Total {
  const { last } = set
  if (last.look === look && last.sizeAbove === sizeAbove) return last
  let [cost, items] = [0, 0]
  for (const { weight, fields } of set.alternatives) {
    let sum = weight
    for (const field of fields) {
      const total = fieldTotal(field, sizeAbove, look)
      sum += total.cost
      items = Math.max(items, total.items)
    }
    cost = Math.max(cost, sum)
  }
  return Object.assign(last, { look, sizeAbove, cost, items })
}

function fieldTotal(field: CostedField, sizeAbove: number, look: Look): Total {
  if (field.constant !== null) return field.constant
  if (!isIncluded(field, look.variables)) return nothing
  const { below, leafWeight, isList, size } = field
  const one = below === null ? null : totalOf(below, numberOf(field.sizeBelow, look), look)
  const times = size === null ? sizeAbove : numberOf(size, look)
  const cost = product(times, one?.cost ?? leafWeight ?? 0) + numberOf(field.input, look)
  return { cost, items: isList ? product(times, Math.max(1, one?.items ?? 0)) : (one?.items ?? 0) }
}

const numberOf = (value: number | Size | null, { variables }: Look): number =>
  typeof value === 'function' ? value(variables) : (value ?? 0)

/** Nothing times anything is nothing, also where the other has grown beyond all numbers. */
const product = (a: number, b: number) => (a === 0 || b === 0 ? 0 : a * b)

/** A whole number that JSON can hold, however large it would have been. */
const countable = (value: number) => Math.min(Math.max(0, Math.ceil(value)), Number.MAX_SAFE_INTEGER)
