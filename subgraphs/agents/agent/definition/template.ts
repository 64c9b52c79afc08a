/** A piece of a template: text that means itself, or a JSONata expression. */
export type TemplatePart = string | { readonly expression: string }

const quotes = new Set(['"', "'", '`'])

/**
 * Reads a text in which `{{ <jsonata> }}` stands for an expression's value. Braces and quotes within an expression are
 * counted, so that it may hold objects of its own. An opening without an end means itself.
 */
export function templateParts(text: string): TemplatePart[] {
  const parts: TemplatePart[] = []
  let from = 0
  for (let open = text.indexOf('{{'); open >= 0; open = text.indexOf('{{', from)) {
    const close = endOfExpression(text, open + 2)
    if (close < 0) break
    if (open > from) parts.push(text.slice(from, open))
    parts.push({ expression: text.slice(open + 2, close).trim() })
    from = close + 2
  }
  if (from < text.length) parts.push(text.slice(from))
  return parts
}

/** Where the `}}` stands that ends the expression begun at `from`; -1 when none does. */
function endOfExpression(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const character = text[at] as string
    if (quotes.has(character)) {
      at = endOfQuote(text, at)
      if (at < 0) return -1
    } else if (character === '{') depth++
    else if (character === '}') {
      if (depth === 0) return text[at + 1] === '}' ? at : -1
      depth--
    }
  }
  return -1
}

function endOfQuote(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === text[open]) return at
  }
  return -1
}

/** The one expression that a template is, but for spaces around it: its value then is the template's, of whatever type. */
export function wholeExpression(parts: readonly TemplatePart[]): string | undefined {
  const told = parts.filter((part) => typeof part !== 'string' || part.trim() !== '')
  const [first] = told
  return told.length === 1 && typeof first === 'object' ? first.expression : undefined
}
