const literal = /^(?:true|false|null|(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?|"[^"\\\p{Cc}]*")$/u
const path = /^[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_][A-Za-z_0-9]*)*$/
/** Words of the language that look like names. */
const words = new Set(['and', 'or', 'in', 'true', 'false', 'null', 'function'])

/**
 * The value of an expression that is only a literal or a path of names, as most are: those can do no harm and cost nothing,
 * so they need no thread.
 *
 * @returns undefined for everything else, also for what JSONata has rules of its own for: lists on the way, missing names
 */
export function plainValue(expression: string, scope: unknown): { readonly value: unknown } | undefined {
  const text = expression.trim()
  if (literal.test(text)) return { value: JSON.parse(text) }
  if (!path.test(text)) return undefined
  let value = scope
  for (const name of text.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    if (words.has(name) || !Object.hasOwn(value, name)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  return value === undefined ? undefined : { value }
}
