import type { Tx } from '#platform/db/write'
import { atMost, noteRefusal } from './attempt.rules.ts'
import { holdBucket, removeExpired, storeBucket } from './attempt-buckets.ts'

/** How often something may happen within a time. */
export interface WindowLimit {
  /** What the record calls it. */
  readonly limit: string
  readonly key: string
  readonly max: number
}

/**
 * Counts one thing against each limit, or against none when one is reached. Of those that are too many, the first in a
 * minute is recorded by `tx`.
 *
 * @returns 0 when it is counted, else the milliseconds until one more fits
 */
export async function countInWindow(tx: Tx, limits: readonly WindowLimit[], windowMs: number): Promise<number> {
  const at = Date.now()
  const counted: { key: string; next: object }[] = []
  for (const { limit, key, max } of limits) {
    const state = await holdBucket(tx, { key, keptMs: windowMs }, at)
    const ruling = atMost(max, windowMs)(state, at)
    if ('waitMs' in ruling) {
      const { next, record } = noteRefusal(state, at)
      await storeBucket(tx, key, next)
      tx.detail('limit', limit)
      if (record === undefined) tx.unchanged()
      else tx.detail('unrecordedBefore', record.unrecordedBefore)
      return ruling.waitMs
    }
    counted.push({ key, next: ruling.next })
  }
  for (const { key, next } of counted) await storeBucket(tx, key, next)
  await removeExpired(tx, at)
  return 0
}
