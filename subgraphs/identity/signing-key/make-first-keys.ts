import { write } from '#platform/db/write'
import type { SigningKeyCtx } from '../identity.context.ts'
import { completeKeys, keyIn, lockedKeys } from './keep-keys.ts'

/** Makes the first keys of a house; where there are some, nothing. Of nodes that start together one makes them. */
export function makeFirstKeys(ctx: SigningKeyCtx): Promise<void> {
  return write(ctx, 'signing-key.created', async (tx) => {
    const keys = await lockedKeys(tx)
    if (keyIn(keys, 'active') !== undefined) return tx.unchanged()
    return completeKeys(tx, keys, ctx.parts.box, new Date())
  })
}
