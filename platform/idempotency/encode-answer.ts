import { helper, Utils } from '@mikro-orm/core'

/** A mutation's value as JSON, and where in it there were dates. */
export interface EncodedAnswer {
  readonly value: unknown
  readonly dates: readonly (readonly (string | number)[])[]
}

/**
 * The value that a mutation's resolver answers, in a form that can be stored and read back. Of a row its stored
 * properties, without those that the entity calls hidden.
 *
 * @throws Error for what has no such form: a fault of ours, found before it is committed
 */
export function encodeAnswer(answer: unknown): EncodedAnswer {
  const dates: (string | number)[][] = []
  const encode = (value: unknown, path: (string | number)[]): unknown => {
    if (value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)) return value
    if (value instanceof Date) {
      dates.push(path)
      return value.toISOString()
    }
    if (Array.isArray(value)) return value.map((item, i) => encode(item, [...path, i]))
    const entries = entriesOf(value).filter(([, one]) => one !== undefined)
    return Object.fromEntries(entries.map(([name, one]) => [name, encode(one, [...path, name])]))
  }
  return { value: encode(answer, []), dates }
}

/** What `encodeAnswer` was given, rows as plain objects. */
export function decodeAnswer({ value, dates }: EncodedAnswer): unknown {
  if (dates.some((path) => path.length === 0)) return new Date(String(value))
  for (const path of dates) {
    const parent = path.slice(0, -1).reduce<unknown>((within, name) => (within as Record<string, unknown>)[name], value)
    const last = path.at(-1) ?? ''
    const holder = parent as Record<string, unknown>
    holder[last] = new Date(String(holder[last]))
  }
  return value
}

function entriesOf(value: unknown): [string, unknown][] {
  if (Utils.isEntity<Record<string, unknown>>(value)) {
    const stored = helper(value).__meta.props.filter(({ hidden, persist }) => hidden !== true && persist !== false)
    return stored.map(({ name }) => [name, value[name]])
  }
  const prototype = typeof value === 'object' ? Object.getPrototypeOf(value) : undefined
  if (prototype === Object.prototype || prototype === null) return Object.entries(value as object)
  throw new Error(`A mutation answers a ${typeof value} that cannot be kept.`)
}
