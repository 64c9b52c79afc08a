import type { Tx } from '#platform/db/write'
import { newId } from '#platform/id'
import { newOpaqueToken } from '../session/opaque-token.ts'
import { resetMinutes } from './password.limits.ts'
import { PasswordReset } from './password-reset.entity.ts'

/** Makes the token with which a person may choose a new password, in the transaction at hand; an older one is void. */
export async function issuePasswordReset(tx: Tx, userId: string, organizationId: string, issuedIn: string | null) {
  const token = newOpaqueToken(organizationId, newId())
  const now = new Date()
  const expiresAt = new Date(now.getTime() + resetMinutes * 60_000)
  await tx.em.upsert(
    PasswordReset,
    { userId, id: token.id, tokenHash: token.hash, issuedIn, expiresAt, createdAt: now },
    { onConflictFields: ['userId'] },
  )
  return { text: token.text, expiresAt }
}
