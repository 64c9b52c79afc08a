import { ConnectorAnswerUnreadableError } from './connector.errors.ts'
import { actionBytesMax, actionDepthMax } from './connector.limits.ts'

/**
 * A value parsed from JSON, made fit for PostgreSQL's jsonb, which knows neither NUL nor half surrogate pairs: both
 * become U+FFFD.
 *
 * @throws ConnectorAnswerUnreadableError when it is deeper than 100 levels or longer than 1 MB
 */
export function storableResult(value: unknown): unknown {
  const storable = copy(value, 0)
  if (Buffer.byteLength(JSON.stringify(storable)) > actionBytesMax)
    throw new ConnectorAnswerUnreadableError(`it is longer than ${actionBytesMax} bytes`)
  return storable
}

function copy(value: unknown, depth: number): unknown {
  if (depth > actionDepthMax) throw new ConnectorAnswerUnreadableError(`it is deeper than ${actionDepthMax} levels`)
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1))
  if (value === null || typeof value !== 'object') return value ?? null
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [storableText(name), copy(item, depth + 1)]))
}

const storableText = (text: string) => text.toWellFormed().replaceAll('\u0000', '\ufffd')
