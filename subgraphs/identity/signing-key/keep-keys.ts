import type { SecretBox } from '#platform/crypto/secret-box'
import type { Tx } from '#platform/db/write'
import { canOpen, newSigningKey } from './new-signing-key.ts'
import { SigningKey } from './signing-key.entity.ts'
import type { SigningKeyState } from './signing-key.status.ts'

const lock = "select pg_advisory_xact_lock(hashtextextended('identity:signing-keys', 0))"

/** All keys, and until the transaction ends nobody else changes any. */
export async function lockedKeys(tx: Tx): Promise<SigningKey[]> {
  await tx.em.execute(lock)
  return tx.em.find(SigningKey, {}, { orderBy: { createdAt: 'asc' } })
}

export const keyIn = (keys: readonly SigningKey[], state: SigningKeyState): SigningKey | undefined =>
  keys.find((key) => key.state === state)

/**
 * Gives the house the keys that it lacks, so that there is one that signs and one that is next. A next key that cannot be
 * opened is of no use to anybody and is replaced.
 *
 * @param keys those left, as `lockedKeys` gave them
 */
export async function completeKeys(tx: Tx, keys: readonly SigningKey[], box: SecretBox, now: Date): Promise<void> {
  let next = keyIn(keys, 'next')
  if (next !== undefined && !(await canOpen(next, box))) {
    await tx.em.remove(next).flush()
    next = undefined
  }
  if (keyIn(keys, 'active') === undefined) {
    if (next === undefined) await create(tx, box, 'active', now)
    else {
      await activate(tx, next, now)
      next = undefined
    }
  }
  if (next === undefined) await create(tx, box, 'next', now)
}

/** Flushed at once: no two keys may be active, not even within the transaction. */
export async function activate(tx: Tx, key: SigningKey, now: Date): Promise<void> {
  tx.target('signing-key', key.kid, 'active')
  key.state = 'active'
  key.activatedAt = now
  await tx.em.flush()
}

async function create(tx: Tx, box: SecretBox, state: 'next' | 'active', now: Date): Promise<void> {
  const pair = await newSigningKey(box)
  const activatedAt = state === 'active' ? now : null
  tx.em.create(SigningKey, { ...pair, state, createdAt: now, activatedAt, retiredAt: null })
  tx.target('signing-key', pair.kid, state)
  await tx.em.flush()
}
