import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import type { SigningKeyCtx } from '../identity.context.ts'
import { completeKeys, keyIn, lockedKeys } from './keep-keys.ts'
import { SigningKey } from './signing-key.entity.ts'

/** Makes the first keys of a house; where there are some, nothing. Of nodes that start together one makes them. */
export async function makeFirstKeys(ctx: SigningKeyCtx): Promise<void> {
  if ((await read(ctx, (em) => em.count(SigningKey, { state: 'active' }))) > 0) return
  await write(ctx, 'signing-key.created', async (tx) => {
    const keys = await lockedKeys(tx)
    if (keyIn(keys, 'active') !== undefined) return tx.unchanged()
    return completeKeys(tx, keys, ctx.parts.box, new Date())
  })
}
