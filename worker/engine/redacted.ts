const mark = '[redacted]'

/** Names whose value is a credential, whatever it looks like. */
const secretName =
  /^(?:proxy-)?authorization$|^(?:set-)?cookie2?$|token$|passw(?:or)?d$|passphrase$|secret$|^key$|(?:api|access|private|secret|signing|encryption)[-_]?key$|credentials?$/i

/** Texts that are a credential, wherever they stand: of this platform (API keys, access tokens), and of HTTP. */
const secretTexts: readonly (readonly [RegExp, string])[] = [
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, mark],
  [/\bfo_(?:live|dev)_\w{8,}/g, mark],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${mark}`],
  [/\/\/[^\s/@:]*:[^\s/@]+@/g, `//${mark}@`],
]
const queryPair = /([?&])([^=&#\s]{1,100})=([^&#\s]*)/g

/**
 * What a step was given, as it may be shown: credentials are told by their names and by their shapes.
 *
 * @param value any JSON value, nested as deeply as a template can be
 */
export function redacted(value: unknown): unknown {
  if (typeof value === 'string') return redactedText(value)
  if (Array.isArray(value)) return value.map(redacted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, secretName.test(name) ? mark : redacted(item)]),
  )
}

function redactedText(text: string): string {
  const masked = secretTexts.reduce((safe, [shape, put]) => safe.replaceAll(shape, put), text)
  return masked.replaceAll(queryPair, (pair, sign: string, name: string) =>
    secretName.test(name) ? `${sign}${name}=${mark}` : pair,
  )
}
