import jsonata from 'jsonata'
import { certainReads } from './certain-reads.ts'

/** Parsing takes time that grows with the square of the length: 60 ms for the worst expression of this one (measured). */
export const EXPRESSION_CHARACTERS_MAX = 4_096

export type ExpressionCheck =
  | {
      readonly ok: true
      /** The first two names of each path that is read of the input for certain. */
      readonly reads: readonly (readonly [string, string])[]
    }
  | {
      readonly ok: false
      readonly message: string
      /** Characters from the start, up to and including the culprit; undefined when there is no one place to blame. */
      readonly position: number | undefined
    }

/**
 * Reads a JSONata expression without evaluating it, so that a faulty one is refused when it is published.
 * @returns in plain words what is wrong with it and where
 */
export function checkSyntax(expression: string): ExpressionCheck {
  if (expression.length > EXPRESSION_CHARACTERS_MAX) {
    const message = `The expression is longer than ${EXPRESSION_CHARACTERS_MAX} characters.`
    return { ok: false, message, position: EXPRESSION_CHARACTERS_MAX }
  }
  try {
    return { ok: true, reads: certainReads(jsonata(expression).ast()) }
  } catch (error) {
    if (error instanceof RangeError)
      return { ok: false, message: 'The expression is nested too deeply.', position: undefined }
    const { message, position } = error as Partial<jsonata.JsonataError>
    return { ok: false, message: message ?? 'The expression cannot be read.', position }
  }
}
