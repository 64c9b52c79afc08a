import type { Tx } from '#platform/db/write'
import { recoveryCodeCount } from './factor.limits.ts'
import { RecoveryCode } from './recovery-code.entity.ts'
import { newRecoveryCode, recoveryCodeHash } from './recovery-code.ts'

/** New recovery codes in place of all that a user has; shown this once. */
export async function replaceRecoveryCodes(tx: Tx, userId: string): Promise<string[]> {
  await tx.em.nativeDelete(RecoveryCode, { userId })
  const codes = Array.from({ length: recoveryCodeCount }, newRecoveryCode)
  const createdAt = new Date()
  for (const code of codes) tx.em.create(RecoveryCode, { userId, hash: recoveryCodeHash(userId, code), createdAt })
  return codes
}

/** Takes a recovery code, which is good once, in one statement. */
export async function spendRecoveryCode(tx: Tx, userId: string, code: string): Promise<boolean> {
  return (await tx.em.nativeDelete(RecoveryCode, { userId, hash: recoveryCodeHash(userId, code) })) === 1
}
