import { write } from '#platform/db/write'
import type { SigningKeyCtx } from '../identity.context.ts'
import { completeKeys, lockedKeys } from './keep-keys.ts'

/**
 * Throws every key away, readable or not, and makes new ones sealed with the secrets key of this process: what is left to
 * do when the old secrets key is lost. Every access token ends.
 */
export function replaceSigningKeys(ctx: SigningKeyCtx, now = new Date()): Promise<void> {
  return write(ctx, 'signing-key.replaced', async (tx) => {
    const keys = await lockedKeys(tx)
    for (const key of keys) tx.em.remove(key)
    await tx.em.flush()
    tx.detail('thrownAway', keys.length)
    await completeKeys(tx, [], ctx.parts.box, now)
  })
}
