import type { Stage } from '../../execution/operation.ts'
import { chargeCost } from '../../traffic/rate-limits/charge-cost.ts'
import type { RequestRate } from '../../traffic/rate-limits/request-rate.ts'
import type { Costs } from './costs.ts'

/** Charges operations to the budget of the client's profile, where it has one. */
export const chargeBudget = (costs: Costs, rate: RequestRate): Stage =>
  chargeCost({
    rate,
    budgetOf: ({ client: { name, costPerMinute } }) => (costPerMinute === null ? null : { name, costPerMinute }),
    estimate: (operation) => costs.estimate(operation).cost,
    actual: (operation, _context, answer) => costs.actual(operation, answer),
  })
