import { networkOf } from '#platform/caller/network-of'
import type { Tx } from '#platform/db/write'
import { accountOf } from '../attempt/attempt-keys.ts'
import { countInWindow } from '../attempt/count-in-window.ts'
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
  const limits = [
    { limit: 'address', key: keys.of('reset-by', networkOf(ctx.caller.address)), max: resetsPerAddressMax },
    { limit: 'account', key: keys.of('reset-of', accountOf(email)), max: resetsPerAccountMax },
  ]
  return (await countInWindow(tx, limits, hourMs)) === 0
}
