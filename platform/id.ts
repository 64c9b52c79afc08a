import { randomBytes } from 'node:crypto'

/** The shape of every id, as a regular expression. */
export const idPattern = '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'
const shape = new RegExp(idPattern)

/** A new UUID version 7 (RFC 9562 §5.7): time-ordered, so that primary keys and cursors grow to the right. */
export function newId(now = Date.now()): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(now, 0, 6)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** Whether a text from outside can be an id at all; what cannot is answered as *not found*, never as a database error. */
export const isId = (text: string): boolean => shape.test(text)

/** When an id was made, to the millisecond: its first 48 bits say so. */
export const momentOfId = (id: string): Date => new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16))
