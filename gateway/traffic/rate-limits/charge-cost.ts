import { OperationTooComplexError, RateLimitedError } from '../../errors/edge.errors.ts'
import type { Answer, Operation, Stage } from '../../execution/operation.ts'
import type { RequestLimits } from './request-limits.ts'

/** What operations cost, in whole points. */
export interface OperationCosts {
  /** At most, by what is asked for. */
  readonly estimate: (operation: Operation) => { readonly cost: number }
  /** By what was answered. */
  readonly actual: (operation: Operation, answer: Answer) => number
}

/**
 * Charges what an operation costs at most to the budget of whoever asks, if their client's profile sets one, before
 * anything is asked for it, and gives back the difference to what it did cost. An operation that the rest of the budget
 * does not pay is refused with RateLimitedError and costs nothing; one that no minute pays, with OperationTooComplexError.
 */
export function chargeCost(limits: RequestLimits, costs: OperationCosts): Stage {
  return (next) => async (operation, context) => {
    const { caller, client } = context
    const { costPerMinute } = client
    if (costPerMinute === null) return next(operation, context)
    const { cost: charged } = costs.estimate(operation)
    if (charged > costPerMinute)
      throw new OperationTooComplexError(
        `The operation can cost ${charged} points, and this client has ${costPerMinute} in a minute.`,
      )
    const budget = { client: client.name, costPerMinute, caller }
    const { exceeded, resetSeconds } = await limits.charge(budget, charged)
    const windowEnds = performance.now() + resetSeconds * 1_000
    const giveBack = (points: number) => {
      // What a minute was charged is of no use to the next one.
      if (points > 0 && performance.now() < windowEnds) limits.giveBack(budget, points).catch(() => undefined)
    }
    if (exceeded) {
      giveBack(charged)
      throw new RateLimitedError(resetSeconds)
    }
    let spent = 0
    try {
      const answer = await next(operation, context)
      // What nobody waited for was asked for all the same, and its answer says nothing of it.
      spent = context.clientGone.aborted ? charged : costs.actual(operation, answer)
      return answer
    } finally {
      giveBack(charged - spent)
    }
  }
}
