import type { Condition } from '../../authorization/pruning/conditions.ts'
import type { Variables } from '../../execution/operation.ts'

/** A number that depends on variables. */
export type Size = (variables: Variables) => number

/** An operation with what is the same of its cost each time that it is asked for. */
export interface CostedOperation {
  /** Of the operation itself. */
  readonly base: number
  readonly root: CostedSet
}

/**
 * What is selected of an object, by the types that it may be of; types for which that is the same stand together. One set
 * stands wherever the same is selected of the same type.
 */
export interface CostedSet {
  readonly alternatives: readonly Alternative[]
  readonly isDynamic: boolean
  /** What came out last, so that one estimate looks at a set once however many ways lead to it. */
  readonly last: { look: object | null; sizeAbove: number; cost: number; items: number }
}

export interface Alternative {
  readonly types: readonly string[]
  /** Of an object itself. */
  readonly weight: number
  /** Those that cost something, and lists. */
  readonly fields: readonly CostedField[]
  /** All keys that an answer can have here. */
  readonly keys: ReadonlySet<string>
}

/** All selections of one key. */
export interface CostedField {
  readonly key: string
  /** It is there when all conditions of one of these hold; null when it always is. */
  readonly when: readonly (readonly Condition[])[] | null
  readonly isList: boolean
  /** How many things it answers with; null for as many as the field above says. */
  readonly size: number | Size | null
  /** What it says of how many things fields below it answer with; null when nothing. */
  readonly sizeBelow: number | Size | null
  /** What its arguments cost. */
  readonly input: number | Size
  /** Of each leaf; null for objects. */
  readonly leafWeight: number | null
  readonly below: CostedSet | null
  readonly isDynamic: boolean
  /** What it comes to, where that depends neither on variables nor on the field above. */
  readonly constant: Total | null
}

export interface Total {
  readonly cost: number
  /** The most entries that one list can have in all its places together, within one thing here. */
  readonly items: number
}
