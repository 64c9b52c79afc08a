import type { Tx } from '#platform/db/write'
import { revoke, subject } from '../revocation/revoke.ts'
import { closeChallengesOf } from './challenge.ts'
import { factorsOf } from './factor.queries.ts'
import { Passkey } from './passkey.entity.ts'
import { RecoveryCode } from './recovery-code.entity.ts'
import { Totp } from './totp.entity.ts'

/** Removes what a person signs in with beside the password, and what was begun or proven with it. */
export async function removeAllFactors(tx: Tx, userId: string): Promise<void> {
  const { totp, passkeys } = await factorsOf(tx.em, userId)
  tx.detail('totp', totp)
  tx.detail('passkeys', passkeys.length)
  await tx.em.nativeDelete(Totp, { userId })
  await tx.em.nativeDelete(Passkey, { userId })
  await tx.em.nativeDelete(RecoveryCode, { userId })
  await closeChallengesOf(tx, userId)
  await revoke(tx, subject.user(userId))
}
