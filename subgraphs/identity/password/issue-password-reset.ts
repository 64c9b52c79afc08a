import type { Tx } from '#platform/db/write'
import { newId } from '#platform/id'
import { newOpaqueToken } from '../session/opaque-token.ts'
import { resetMinutes } from './password.limits.ts'
import { PasswordReset } from './password-reset.entity.ts'

/**
 * Makes the token with which a person may choose a new password, in the transaction at hand; an older one is void.
 *
 * @param issuer the administrator who makes it; null when the person asked for it by mail
 */
export async function issuePasswordReset(tx: Tx, userId: string, organizationId: string, issuer: string | null) {
  const token = newOpaqueToken(organizationId, newId())
  const issuedIn = issuer === null ? null : organizationId
  const now = new Date()
  const expiresAt = new Date(now.getTime() + resetMinutes * 60_000)
  await tx.em.upsert(
    PasswordReset,
    { userId, id: token.id, tokenHash: token.hash, issuedIn, issuedBy: issuer, expiresAt, createdAt: now },
    { onConflictFields: ['userId'] },
  )
  return { text: token.text, expiresAt }
}
