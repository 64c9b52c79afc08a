import { RateLimitedError } from '../../errors/edge.errors.ts'
import type { Answer, Operation, Stage } from '../../execution/operation.ts'
import type { EdgeContext } from '../../execution/request-context.ts'
import { principalOf } from './request-limits.ts'
import type { RequestRate } from './request-rate.ts'

export interface CostBudget {
  /** Of the client profile. */
  readonly name: string
  /** Points of cost that each caller of this client may spend in a minute. */
  readonly costPerMinute: number
}

export interface CostParts {
  readonly rate: RequestRate
  /** The budget of whoever asks; null when they have none. */
  readonly budgetOf: (context: EdgeContext) => CostBudget | null
  /** What an operation costs at most, in whole points. */
  readonly estimate: (operation: Operation, context: EdgeContext) => number
  /** What it did cost by what it was answered, in whole points; null when nobody can tell. */
  readonly actual: (operation: Operation, context: EdgeContext, answer: Answer) => number | null
}

/**
 * Charges what an operation costs at most to the budget of whoever asks, before anything is asked for it, and gives back
 * the difference to what it did cost. An operation that the rest of the budget does not pay is refused with
 * RateLimitedError, and costs nothing.
 */
export function chargeCost({ rate, budgetOf, estimate, actual }: CostParts): Stage {
  return (next) => async (operation, context) => {
    const budget = budgetOf(context)
    if (budget === null) return next(operation, context)
    const name = `cost:${budget.name}:${principalOf(context.caller)}`
    const charged = estimate(operation, context)
    const { exceeded, resetSeconds } = await rate.count(name, budget.costPerMinute, charged)
    const windowEnds = performance.now() + resetSeconds * 1_000
    const giveBack = (points: number) => {
      // What a minute was charged is of no use to the next one.
      if (points > 0 && performance.now() < windowEnds) rate.giveBack(name, points).catch(() => undefined)
    }
    if (exceeded) {
      giveBack(charged)
      throw new RateLimitedError(resetSeconds)
    }
    let spent = 0
    try {
      const answer = await next(operation, context)
      spent = actual(operation, context, answer) ?? charged
      return answer
    } finally {
      giveBack(charged - spent)
    }
  }
}
