import { type TemplatePart, templateParts, wholeExpression } from '../../subgraphs/agents/jobs.ts'
import { ExpressionTooLargeError } from './expression/expression.errors.ts'

type Evaluate = (expression: string) => Promise<unknown>

/** Of all values that one template is filled with. */
const filledBytesMax = 8 * 1024 * 1024

/**
 * Fills a template: a text that is wholly `{{ expression }}` becomes the expression's value, of whatever type; within other
 * text the value is written as text. Lists and objects are filled through. One expression after the other: the threads are
 * shared by all runs, and a template with thousands of expressions must not fill the queue before them.
 *
 * @throws ExpressionTooLargeError EXPRESSION_TOO_LARGE when the values are larger than 8 MB together; what `evaluate` throws
 */
export const fillTemplate = (template: unknown, evaluate: Evaluate): Promise<unknown> =>
  fill(template, bounded(evaluate))

/** Fills a text that stays one: a value that is none is written as JSON, null as nothing. @throws as `fillTemplate` */
export const fillText = (text: string, evaluate: Evaluate): Promise<string> => fillParts(text, bounded(evaluate))

async function fill(template: unknown, evaluate: Evaluate): Promise<unknown> {
  if (typeof template === 'string') {
    const whole = wholeExpression(templateParts(template))
    return whole === undefined ? fillParts(template, evaluate) : evaluate(whole)
  }
  if (typeof template !== 'object' || template === null) return template
  const entries: [string, unknown][] = []
  for (const [name, value] of Object.entries(template)) entries.push([name, await fill(value, evaluate)])
  return Array.isArray(template) ? entries.map(([, value]) => value) : Object.fromEntries(entries)
}

async function fillParts(text: string, evaluate: Evaluate): Promise<string> {
  const filled: string[] = []
  for (const part of templateParts(text)) filled.push(await fillPart(part, evaluate))
  return filled.join('')
}

async function fillPart(part: TemplatePart, evaluate: Evaluate): Promise<string> {
  if (typeof part === 'string') return part
  const value = await evaluate(part.expression)
  if (value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Gives up when the values together are too large: a short template can name a large value thousands of times. */
function bounded(evaluate: Evaluate): Evaluate {
  let left = filledBytesMax
  return async (expression) => {
    const value = await evaluate(expression)
    left -= sizeUpTo(value, left)
    if (left < 0) throw new ExpressionTooLargeError('result', `${filledBytesMax} bytes together`)
    return value
  }
}

/** About the bytes of a value as JSON; not counted further than just above `most`. */
function sizeUpTo(root: unknown, most: number): number {
  let size = 0
  const pending: unknown[] = [root]
  while (pending.length > 0 && size <= most) {
    const value = pending.pop()
    size += typeof value === 'string' ? value.length + 3 : 4
    if (typeof value !== 'object' || value === null) continue
    for (const [name, item] of Object.entries(value)) {
      size += Array.isArray(value) ? 0 : name.length
      pending.push(item)
    }
  }
  return size
}
