import type { GraphQLOutputType } from 'graphql'
import type { Condition } from './conditions.ts'

/** A selection set as the client wrote it, fragments spread out: what an answer is put together again by. */
export type Selected = readonly SelectedPart[]
export type SelectedPart = SelectedField | SelectedFragment

export interface SelectedField {
  readonly kind: 'field'
  /** The name in the answer: alias or name. */
  readonly key: string
  readonly type: GraphQLOutputType
  readonly denied: boolean
  readonly when: readonly Condition[]
  /** What is selected below; null for a leaf, and below a denied field. */
  readonly below: Selected | null
  /** Whether what was executed below differs from what the client wrote. */
  readonly changed: boolean
}

export interface SelectedFragment {
  readonly kind: 'fragment'
  /** The object types that it is for; null when that is all that can be there. */
  readonly types: ReadonlySet<string> | null
  readonly when: readonly Condition[]
  readonly below: Selected
}

/** A field that was taken out of an operation. */
export interface Denial {
  /** `Type.field`, the type being the one it was selected on. */
  readonly coordinate: string
  /** Where it would have been in the answer, without the places within lists: it was decided before there were any. */
  readonly path: readonly string[]
}

export interface ConditionalDenial extends Denial {
  readonly when: readonly Condition[]
}
