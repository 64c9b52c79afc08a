import { write } from '#platform/db/write'
import { NotFoundError } from '#platform/errors/common-errors'
import type { SigningKeyCtx } from '../identity.context.ts'
import { completeKeys, keyIn, lockedKeys } from './keep-keys.ts'
import { openSigningKey } from './new-signing-key.ts'

/**
 * Withdraws a key that others may have, and with it every token that it signed. When it was the active one, the next key
 * signs at once, whether everybody has seen it or not.
 *
 * @throws NotFoundError; SigningKeysUnreadableError when this process holds another secrets key than the house
 */
export function revokeSigningKey(ctx: SigningKeyCtx, kid: string, now = new Date()): Promise<void> {
  return write(ctx, 'signing-key.revoked', async (tx) => {
    const keys = await lockedKeys(tx)
    const revoked = keys.find((key) => key.kid === kid)
    if (revoked === undefined) throw new NotFoundError('signing key')
    const active = keyIn(keys, 'active')
    if (active !== undefined) await openSigningKey(active, ctx.parts.box)
    tx.target('signing-key', kid, revoked.state)
    await tx.em.remove(revoked).flush()
    await completeKeys(
      tx,
      keys.filter((key) => key !== revoked),
      ctx.parts.box,
      now,
    )
  })
}
