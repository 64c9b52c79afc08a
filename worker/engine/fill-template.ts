import { type TemplatePart, templateParts, wholeExpression } from '../../subgraphs/agents/jobs.ts'

/**
 * Fills a template: a text that is wholly `{{ expression }}` becomes the expression's value, of whatever type; within other
 * text the value is written as text. Lists and objects are filled through. One expression after the other: the threads are
 * shared by all runs, and a template with thousands of expressions must not fill the queue before them.
 */
export async function fillTemplate(
  template: unknown,
  evaluate: (expression: string) => Promise<unknown>,
): Promise<unknown> {
  if (typeof template === 'string') return fillTemplateText(template, evaluate)
  if (typeof template !== 'object' || template === null) return template
  const entries: [string, unknown][] = []
  for (const [name, value] of Object.entries(template)) entries.push([name, await fillTemplate(value, evaluate)])
  return Array.isArray(template) ? entries.map(([, value]) => value) : Object.fromEntries(entries)
}

/** Fills a text that stays one: a value that is none is written as JSON, null as nothing. */
export async function fillText(text: string, evaluate: (expression: string) => Promise<unknown>): Promise<string> {
  const filled: string[] = []
  for (const part of templateParts(text)) filled.push(await fillPart(part, evaluate))
  return filled.join('')
}

async function fillTemplateText(text: string, evaluate: (expression: string) => Promise<unknown>): Promise<unknown> {
  const parts = templateParts(text)
  const whole = wholeExpression(parts)
  if (whole !== undefined) return evaluate(whole)
  return fillText(text, evaluate)
}

async function fillPart(part: TemplatePart, evaluate: (expression: string) => Promise<unknown>): Promise<string> {
  if (typeof part === 'string') return part
  const value = await evaluate(part.expression)
  if (value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
