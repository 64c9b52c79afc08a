import type { Answer, Stage } from '../../execution/operation.ts'
import type { Costs } from './costs.ts'

/** `extensions.cost` of an answer. */
export interface CostReport {
  /** What the operation could have cost at most. */
  readonly estimated: number
  /** What it cost, by the lists that were answered. */
  readonly actual: number
  /** What an operation of this client may be estimated to cost; null for anything. */
  readonly maximum: number | null
  /** The list that could have had the most entries. */
  readonly largestList: { readonly path: string; readonly items: number } | null
}

/** Adds `extensions.cost` to the answer when the request asks for it by `extensions: { cost: true }`. */
export const reportCost =
  (costs: Costs): Stage =>
  (next) =>
  async (operation, context) => {
    const answer = await next(operation, context)
    if (operation.extensions.cost !== true) return answer
    const { cost: estimated, items } = costs.estimate(operation)
    const { cost: maximum } = context.client.limits
    const path = costs.largestList(operation)
    const cost: CostReport = {
      estimated,
      actual: costs.actual(operation, answer),
      maximum: Number.isFinite(maximum) ? maximum : null,
      largestList: path === null ? null : { path, items },
    }
    return { ...answer, extensions: { ...answer.extensions, cost } } satisfies Answer
  }
