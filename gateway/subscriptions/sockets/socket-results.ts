import type { Answer } from '../../execution/operation.ts'
import type { EdgeContext } from '../../execution/request-context.ts'
import { publicAnswer } from '../../operations/answer-request.ts'
import type { Subscription } from '../subscription.ts'
import { tellsItsPlace } from '../told-answer.ts'

/** The one answer of an operation, fit for its client. */
export const toldOnce = (answer: Answer, context: EdgeContext): Answer => publicAnswer(answer, context)

/**
 * The answers of a subscription, fit for its client. Unlike a generator's own, its `return` does not wait for the next one.
 *
 * @param close ends the subscription; may be called more than once
 */
export function toldOver(
  subscription: Subscription,
  context: EdgeContext,
  close: () => void,
): AsyncGenerator<Answer, void> {
  const answers = answersOf(subscription, context, close)
  return {
    next: () => answers.next(),
    return: () => {
      // What was never begun has no end that would be reached.
      close()
      return answers.return()
    },
    throw: (error) => {
      close()
      return answers.throw(error)
    },
    [Symbol.asyncIterator]() {
      return this
    },
    [Symbol.asyncDispose]: async () => close(),
  }
}

async function* answersOf(subscription: Subscription, context: EdgeContext, close: () => void) {
  try {
    for await (const result of subscription.results())
      if (result.kind === 'answer') yield publicAnswer(tellsItsPlace(result), context)
  } finally {
    close()
  }
}
