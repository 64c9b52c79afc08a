import { EXPRESSION_CHARACTERS_MAX } from '#platform/expression/check-expression'
import { ExpressionFailedError, ExpressionMemoryError, ExpressionTooLargeError } from './expression.errors.ts'
import type { SandboxAnswer } from './sandbox.ts'
import type { SandboxRequest } from './sandbox-message.ts'

const INPUT_BYTES_MAX = 16 * 1024 * 1024

/** What V8 and the operating system end a process with that asked for too much memory. */
const memorySignals: ReadonlySet<string | null> = new Set(['SIGABRT', 'SIGTRAP', 'SIGILL', 'SIGKILL'])

/** @throws ExpressionTooLargeError EXPRESSION_TOO_LARGE, ExpressionFailedError EXPRESSION_FAILED when the input is not JSON */
export function readRequest(
  expression: string,
  input: unknown,
  { inputBytesMax = INPUT_BYTES_MAX }: { readonly inputBytesMax?: number },
): SandboxRequest {
  if (expression.length > EXPRESSION_CHARACTERS_MAX)
    throw new ExpressionTooLargeError('expression', `${EXPRESSION_CHARACTERS_MAX} characters`)
  const text = jsonText(input)
  if (Buffer.byteLength(text) > inputBytesMax) throw new ExpressionTooLargeError('input', `${inputBytesMax} bytes`)
  return { expression, input: text }
}

/**
 * @returns the result as a JSON value
 * @throws ExpressionFailedError EXPRESSION_FAILED, ExpressionMemoryError EXPRESSION_MEMORY, ExpressionTooLargeError
 *   EXPRESSION_TOO_LARGE
 */
export function readAnswer(
  answer: SandboxAnswer,
  { memoryMbMax, outputBytesMax }: { readonly memoryMbMax: number; readonly outputBytesMax: number },
): unknown {
  if (answer.kind === 'done') return JSON.parse(answer.output)
  if (answer.kind === 'failed') throw new ExpressionFailedError(answer.message, answer.position)
  if (answer.kind === 'too-large') throw new ExpressionTooLargeError('result', `${outputBytesMax} bytes`)
  if (answer.kind === 'out-of-memory' || (answer.kind === 'gone' && memorySignals.has(answer.signal)))
    throw new ExpressionMemoryError(memoryMbMax)
  throw new ExpressionFailedError('The expression engine stopped.', undefined, `answer: ${JSON.stringify(answer)}`)
}

function jsonText(input: unknown): string {
  try {
    return JSON.stringify(input) ?? 'null'
  } catch {
    throw new ExpressionFailedError('The input of the expression is not JSON.')
  }
}
