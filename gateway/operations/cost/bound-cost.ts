import type { Check } from '../../execution/operation.ts'
import { LimitExceededError } from '../limits/operation-limits.ts'
import type { Costable, Costs } from './costs.ts'

/**
 * Refuses operations whose estimated cost, or whose largest list, is beyond the limits, registered ones too: what they ask
 * for depends on their variables. The words say which list to make smaller.
 */
export const boundCost =
  (costs: Costs): Check =>
  (operation, context) => {
    const { limits } = context.client
    const { cost, items } = costs.estimate(operation)
    context.logFields.cost = cost
    if (cost > limits.cost) throw exceeded('cost', limits.cost, cost, costs, operation)
    if (items > limits.listItems) throw exceeded('listItems', limits.listItems, items, costs, operation)
  }

function exceeded(limit: 'cost' | 'listItems', maximum: number, found: number, costs: Costs, operation: Costable) {
  const { cost, items } = costs.estimate(operation)
  const path = costs.largestList(operation)
  return new LimitExceededError(limit, maximum, found, {
    ...(path === null
      ? {}
      : { remark: `Its largest list, ${path}, can have ${items} entries: ask for smaller pages.` }),
    details: { cost, largestList: path === null ? null : { path, items } },
  })
}
