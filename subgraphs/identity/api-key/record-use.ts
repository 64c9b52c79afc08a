import { LockMode } from '@mikro-orm/core'
import { type Tx, write } from '#platform/db/write'
import type { IdentityCtx } from '../identity.context.ts'
import { ApiKey } from './api-key.entity.ts'
import { ApiKeyRefusedError } from './api-key.errors.ts'
import { lastUsedStepMs, refusalPauseMs, usageRecordMs } from './api-key.limits.ts'

/** Whether `moment` is longer ago than `ms`, or never was. */
const isOlder = (moment: Date | null | undefined, ms: number, now: Date) =>
  moment == null || now.getTime() - moment.getTime() >= ms

/**
 * Writes down that a key was used, in steps of under half a minute. The trail gets a record of the first use, of a new
 * address, and of each day.
 */
export async function recordUse(holder: IdentityCtx, known: ApiKey): Promise<void> {
  const now = new Date()
  if (!isOlder(known.lastUsedAt, lastUsedStepMs, now)) return
  await write(holder, 'api-key.used', async (tx) => {
    const key = await lock(tx, known)
    if (!isOlder(key.lastUsedAt, lastUsedStepMs, now)) return tx.unchanged()
    const { address } = holder.caller
    const isNews = key.lastAddress !== address || isOlder(key.lastUsedAt, usageRecordMs, now)
    key.lastUsedAt = now
    key.lastAddress = address
    tx.target('api-key', key.id, key.name)
    if (!isNews) tx.unchanged()
  })
}

/** Records that a key was refused, once a minute at most. @returns null, the answer to the refused */
export async function recordRefusal(place: IdentityCtx, known: ApiKey, reason: string): Promise<null> {
  const now = new Date()
  if (!isOlder(known.refusedAt, refusalPauseMs, now)) return null
  await write(place, 'api-key.used', async (tx) => {
    const key = await lock(tx, known)
    if (!isOlder(key.refusedAt, refusalPauseMs, now)) return tx.unchanged()
    key.refusedAt = now
    tx.target('api-key', key.id, key.name)
    tx.detail('reason', reason)
    return tx.refuse('api-key.refused', new ApiKeyRefusedError())
  }).catch((error) => {
    if (!(error instanceof ApiKeyRefusedError)) throw error
  })
  return null
}

const lock = (tx: Tx, { id }: ApiKey): Promise<ApiKey> =>
  tx.em.findOneOrFail(ApiKey, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE })
