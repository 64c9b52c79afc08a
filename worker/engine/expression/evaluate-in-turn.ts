import { pause } from '../pause.ts'
import { ExpressionBusyError } from './expression.errors.ts'
import type { ExpressionRunner } from './expression-runner.ts'

const lookAgainMs = 25
/** For so long it is tried to start a thread. */
const startMsMax = 60_000

/**
 * Evaluates an expression once there is room for it: that others evaluate theirs is no failure of a run.
 *
 * @throws ExpressionBusyError EXPRESSION_BUSY when no thread starts; what the runner throws else; the signal's reason
 */
export async function evaluateInTurn(
  expressions: ExpressionRunner,
  expression: string,
  scope: object,
  signal: AbortSignal,
): Promise<unknown> {
  const untilMs = Date.now() + startMsMax
  for (;;) {
    try {
      return await expressions.evaluate(expression, scope, { signal })
    } catch (error) {
      if (!(error instanceof ExpressionBusyError) || (!error.full && Date.now() > untilMs)) throw error
    }
    await pause(lookAgainMs * (1 + Math.random()), signal)
  }
}
