import { createHash } from 'node:crypto'

/**
 * The SHA-256 of a definition as canonical JSON, in hex: the same for the same content, in whatever order its names stand.
 *
 * @param definition any JSON value
 */
export const definitionHash = (definition: unknown): string =>
  createHash('sha256').update(canonicalJson(definition)).digest('hex')

/** RFC 8785 in what it says of order: names by UTF-16 code units. Numbers and texts are as JSON.stringify writes them, which it refers to. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${canonicalJson(item)}`).join(',')}}`
}
