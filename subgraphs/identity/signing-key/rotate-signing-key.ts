import { write } from '#platform/db/write'
import type { SigningKeyCtx } from '../identity.context.ts'
import { activate, completeKeys, keyIn, lockedKeys } from './keep-keys.ts'
import { canOpen, openSigningKey } from './new-signing-key.ts'
import { SigningKeyTooNewError } from './signing-key.errors.ts'
import { publicationMs } from './signing-key.limits.ts'

export interface RotationOptions {
  readonly now?: Date
  /** How long the next key must have been published, in milliseconds. */
  readonly publishedMs?: number
  /** Only when the active key signs for so long already, in milliseconds. */
  readonly activeMs?: number
}

export interface Rotation {
  /** Signs from now on. */
  readonly active: string
  /** Signs no more: its private half is gone, its public one stays until its last token has ended. */
  readonly retired: string
}

/**
 * Lets the next key sign in place of the active one, and publishes a new next key.
 *
 * @returns null when the active key is younger than `activeMs`
 * @throws SigningKeyTooNewError while the next key is not published long enough; SigningKeysUnreadableError when this
 *   process holds another secrets key than the house: what it made, no other could open
 */
export function rotateSigningKey(ctx: SigningKeyCtx, options: RotationOptions = {}): Promise<Rotation | null> {
  const { now = new Date(), publishedMs = publicationMs, activeMs = 0 } = options
  const { box } = ctx.parts
  return write<Rotation | null>(ctx, 'signing-key.rotated', async (tx) => {
    const keys = await lockedKeys(tx)
    const [active, next] = [keyIn(keys, 'active'), keyIn(keys, 'next')]
    if (active === undefined || ageMs(active.activatedAt ?? active.createdAt, now) < activeMs) {
      tx.unchanged()
      return null
    }
    await openSigningKey(active, box)
    if (next === undefined || !(await canOpen(next, box))) {
      await completeKeys(tx, keys, box, now)
      return tx.refuse('signing-key.refused', new SigningKeyTooNewError(new Date(now.getTime() + publishedMs)))
    }
    const dueAt = new Date(next.createdAt.getTime() + publishedMs)
    if (dueAt > now) throw new SigningKeyTooNewError(dueAt)

    tx.target('signing-key', active.kid, 'retired')
    active.state = 'retired'
    active.retiredAt = now
    active.privateSealed = null
    await tx.em.flush()
    await activate(tx, next, now)
    await completeKeys(tx, [next], box, now)
    return { active: next.kid, retired: active.kid }
  })
}

const ageMs = (since: Date, now: Date) => now.getTime() - since.getTime()
