import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import type { SigningKeyCtx } from '../identity.context.ts'
import { lockedKeys } from './keep-keys.ts'
import { SigningKey } from './signing-key.entity.ts'
import { retentionMs } from './signing-key.limits.ts'

/** Removes retired keys whose last token has ended. */
export async function removeEndedKeys(ctx: SigningKeyCtx, now = new Date()): Promise<void> {
  const before = new Date(now.getTime() - retentionMs)
  if ((await read(ctx, (em) => em.count(SigningKey, { state: 'retired', retiredAt: { $lt: before } }))) === 0) return
  await write(ctx, 'signing-key.removed', async (tx) => {
    const ended = (await lockedKeys(tx)).filter((key) => key.state === 'retired' && (key.retiredAt ?? now) < before)
    if (ended.length === 0) return tx.unchanged()
    for (const key of ended) {
      tx.target('signing-key', key.kid, 'retired')
      tx.em.remove(key)
    }
  })
}
