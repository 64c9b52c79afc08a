import { randomUUID } from 'node:crypto'

/** The shape of every id, as a regular expression. */
export const idPattern = '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'
const shape = new RegExp(idPattern)

/** The moments of ids, each later than the one before, also within a millisecond and when the clock is set back. */
class Moments {
  private ms = 0
  private count = 0

  next(): string {
    const now = Date.now()
    this.count = now > this.ms ? 0 : this.count + 1
    this.ms = Math.max(now, this.ms) + (this.count >> 12)
    this.count &= 0xfff
    return this.ms.toString(16).padStart(12, '0') + this.count.toString(16).padStart(3, '0')
  }
}

// The process's, as its clock is: whoever makes ids here, what was made later sorts later.
const moments = new Moments()

/**
 * A new UUID version 7 (RFC 9562 §5.7): time-ordered, so that primary keys and cursors grow to the right. Those of one
 * process are in the order of their making (§6.2, a counter of 12 bits), so that a list by id is never shuffled.
 */
export function newId(): string {
  const moment = moments.next()
  // The random bits of a version 4: Node draws them in bulk, which is many times faster than bytes for each id.
  return `${moment.slice(0, 8)}-${moment.slice(8, 12)}-7${moment.slice(12)}${randomUUID().slice(18)}`
}

/** Whether a text from outside can be an id at all; what cannot is answered as *not found*, never as a database error. */
export const isId = (text: string): boolean => shape.test(text)

/** When an id was made, to the millisecond: its first 48 bits say so. */
export const momentOfId = (id: string): Date => new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16))
