import type { Answer, Operation, Stage } from '../../execution/operation.ts'
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
  (operation, context) => {
    const answering = next(operation, context)
    if (operation.extensions.cost !== true) return answering
    return answering.then((answer) => {
      const cost = reportOf(costs, operation, answer, context.client.limits.cost)
      return { ...answer, extensions: { ...answer.extensions, cost } }
    })
  }

function reportOf(costs: Costs, operation: Operation, answer: Answer, maximum: number): CostReport {
  const { cost: estimated, items } = costs.estimate(operation)
  const path = costs.largestList(operation)
  return {
    estimated,
    actual: costs.actual(operation, answer),
    maximum: Number.isFinite(maximum) ? maximum : null,
    largestList: path === null ? null : { path, items },
  }
}
