import type { QueryPlan } from './query-plan.ts'

/** What the planner's thread is started with. */
export interface PlannerStart {
  /** The supergraph, without security directives. */
  readonly sdl: string
}

export interface PlannerRequest {
  readonly id: number
  /** A document that is valid over the API schema. */
  readonly text: string
  readonly operationName: string | null
}

export type PlannerReply =
  | {
      readonly kind: 'ready'
      /** The schema that clients see. */
      readonly apiSdl: string
      /** The names of the types below each interface and union of the supergraph. */
      readonly subtypes: Readonly<Record<string, readonly string[]>>
    }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'plan'; readonly id: number; readonly plan: QueryPlan }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string; readonly tooComplex: boolean }
