const mark = '[redacted]'

/** Names whose value is a credential, whatever it looks like. */
const secretName =
  /authorization$|^(?:set-)?cookie2?$|token$|passw(?:or)?d$|^pwd$|passphrase$|secret$|signature$|^sig$|^(?:x-)?auth$|^session[-_]?id$|^key$|(?:api|access|private|secret|signing|encryption)[-_]?key$|credentials?$/i

/** Texts that are a credential, wherever they stand: of this platform (API keys, access tokens), of HTTP and of URLs. */
const secretTexts: readonly (readonly [RegExp, string])[] = [
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, mark],
  [/\bfo_(?:live|dev)_\w{8,}/g, mark],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${mark}`],
  [/\/\/[^\s/?#]*@/g, `//${mark}@`],
]
/** Of a query, a fragment or a form. */
const queryPair = /(^|[?&#;\s])([^=?&#;\s]{1,100})=([^&#\s]*)/g
/** Of JSON that stands in a text. */
const jsonPair = /("((?:[^"\\]|\\.){1,100})"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|[^\s",:{}[\]]+)/g

/**
 * What a step was given or gave, as it may be shown: credentials are told by their names and by their shapes.
 *
 * @param value any JSON value, nested as deeply as a template can be
 */
export function redacted(value: unknown): unknown {
  if (typeof value === 'string') return redactedText(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const [name, ...rest] = value
    return rest.length === 1 && isSecret(name) ? [name, mark] : value.map(redacted)
  }
  const named = nameIn(value)
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      secretName.test(name) || (name === 'value' && isSecret(named)) ? mark : redacted(item),
    ]),
  )
}

/** Of a header or a field that is told as `{ name, value }`. */
const nameIn = (pair: object): unknown =>
  Object.entries(pair).find(([name]) => /^(?:name|key|field|header)$/i.test(name))?.[1]

const isSecret = (name: unknown): boolean => typeof name === 'string' && secretName.test(name)

function redactedText(text: string): string {
  const masked = secretTexts.reduce((safe, [shape, put]) => safe.replaceAll(shape, put), text)
  return masked
    .replaceAll(jsonPair, (pair, before: string, name: string) => (secretName.test(name) ? `${before}"${mark}"` : pair))
    .replaceAll(queryPair, (pair, sign: string, name: string) =>
      secretName.test(decoded(name)) ? `${sign}${name}=${mark}` : pair,
    )
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
