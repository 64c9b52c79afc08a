export interface JsonBounds {
  /** Of the value as JSON text in UTF-8. */
  readonly bytesMax: number
  /** Of objects and lists within each other. */
  readonly depthMax: number
}

export type StorableJson =
  | { readonly ok: true; readonly json: string }
  /** `fault` is a sentence for whoever made the value. */
  | { readonly ok: false; readonly fault: string }

// PostgreSQL stores neither in text nor in jsonb: U+0000, and half of a surrogate pair.
const unstorable = /\0|\p{Surrogate}/u
const unstorableAll = /\0|\p{Surrogate}/gu

/**
 * A value as JSON text that a `jsonb` column takes, or why there is none. Walks without recursion, so that depth alone
 * cannot exhaust the stack.
 */
export function storableJson(value: unknown, bounds: JsonBounds): StorableJson {
  const fault = faultOf(value, bounds.depthMax)
  if (fault !== undefined) return { ok: false, fault }
  const json = JSON.stringify(value)
  if (Buffer.byteLength(json) > bounds.bytesMax)
    return { ok: false, fault: `It is larger than ${bounds.bytesMax / 1024} KB.` }
  return { ok: true, json }
}

/** A text from outside made fit to be stored: what cannot be becomes U+FFFD, and what is too long is cut. */
export const storableText = (text: string, lengthMax = 2_000): string =>
  text.slice(0, lengthMax).replaceAll(unstorableAll, '\u{fffd}')

function faultOf(root: unknown, depthMax: number): string | undefined {
  const pending: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, depth } = next
    if (typeof value === 'string' && unstorable.test(value)) return unstorableFault
    if (typeof value !== 'object') {
      if (!jsonTypes.has(typeof value)) return `It holds a ${typeof value}, which is not JSON.`
      continue
    }
    if (value === null) continue
    if (depth === depthMax) return `It is nested deeper than ${depthMax}.`
    for (const [name, item] of Object.entries(value)) {
      if (name === '__proto__') return 'It has a name __proto__.'
      if (unstorable.test(name)) return unstorableFault
      pending.push({ value: item, depth: depth + 1 })
    }
  }
  return undefined
}

/** An undefined value is left out of the text, as JSON.stringify does. */
const jsonTypes: ReadonlySet<string> = new Set(['string', 'number', 'boolean', 'undefined'])
const unstorableFault = 'It holds a text with U+0000 or half of a surrogate pair.'
