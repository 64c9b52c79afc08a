import type { Tx } from '#platform/db/write'
import { atMost, noteRefusal } from '../attempt/attempt.rules.ts'
import { holdBucket, removeExpired, storeBucket } from '../attempt/attempt-buckets.ts'
import { accountOf, networkOf } from '../attempt/attempt-keys.ts'
import type { IdentityCtx } from '../identity.context.ts'
import { resetsPerAccountMax, resetsPerAddressMax } from './password.limits.ts'

const hourMs = 3_600_000

/**
 * Counts a letter for a new password, to an account and caused by an address, whether there is such an account or not.
 *
 * @returns false when there were enough within the hour; of those the first in a minute is recorded by `tx`
 */
export async function countReset(ctx: IdentityCtx, tx: Tx, email: string): Promise<boolean> {
  const { keys } = ctx.parts.attempts
  const at = Date.now()
  const network = networkOf(ctx.caller.address)
  const counters = [
    { limit: 'address', key: keys.of('reset-by', network), max: resetsPerAddressMax },
    { limit: 'account', key: keys.of('reset-of', accountOf(email)), max: resetsPerAccountMax },
  ]
  const counted: { key: string; next: object }[] = []
  for (const { limit, key, max } of counters) {
    const state = await holdBucket(tx, { key, keptMs: hourMs }, at)
    const ruling = atMost(max, hourMs)(state, at)
    if ('waitMs' in ruling) {
      const { next, record } = noteRefusal(state, at)
      await storeBucket(tx, key, next)
      tx.detail('limit', limit)
      if (record === undefined) tx.unchanged()
      else tx.detail('unrecordedBefore', record.unrecordedBefore)
      return false
    }
    counted.push({ key, next: ruling.next })
  }
  for (const { key, next } of counted) await storeBucket(tx, key, next)
  await removeExpired(tx, at)
  return true
}
