import type { Tx } from '#platform/db/write'
import { Passkey } from './passkey.entity.ts'
import { RecoveryCode } from './recovery-code.entity.ts'
import { Totp } from './totp.entity.ts'

export async function removeAllFactors(tx: Tx, userId: string): Promise<void> {
  await tx.em.nativeDelete(Totp, { userId })
  await tx.em.nativeDelete(Passkey, { userId })
  await tx.em.nativeDelete(RecoveryCode, { userId })
}
