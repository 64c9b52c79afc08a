import type { Tx } from '#platform/db/write'
import { Challenge } from '../factor/challenge.entity.ts'
import type { IdentityCtx } from '../identity.context.ts'
import { PasswordCredential } from '../user/password-credential.entity.ts'
import type { User } from '../user/user.entity.ts'
import { PasswordReset } from './password-reset.entity.ts'

const noticeMs = 86_400_000

/**
 * Replaces a person's password in the transaction at hand. Tokens to choose a new one, and sign-ins that wait for a second
 * factor after the old one, are void from then on; sessions
 * that began before `changedAt` are over, in every organization, as soon as this is committed. The person is told.
 */
export async function setPassword(ctx: IdentityCtx, tx: Tx, user: User, hash: string, changedAt: Date): Promise<void> {
  await tx.em.nativeUpdate(PasswordCredential, { userId: user.id }, { hash, changedAt, updatedAt: changedAt })
  await tx.em.nativeDelete(PasswordReset, { userId: user.id })
  await tx.em.nativeDelete(Challenge, { userId: user.id })
  ctx.parts.mail.order(tx, { kind: 'password-changed', to: user.email }, new Date(changedAt.getTime() + noticeMs))
}
