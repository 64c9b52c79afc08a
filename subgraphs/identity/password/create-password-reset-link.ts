import { LockMode } from '@mikro-orm/core'
import { write } from '#platform/db/write'
import { NotFoundError } from '#platform/errors/common-errors'
import { isId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import { Membership } from '../membership/membership.entity.ts'
import { requireGrantable } from '../role/grantable.ts'
import { PasswordCredential } from '../user/password-credential.entity.ts'
import { User } from '../user/user.entity.ts'
import { issuePasswordReset } from './issue-password-reset.ts'
import { PasswordResetForeignError } from './password.errors.ts'
import { resetMinutes } from './password.limits.ts'
import { belongsOnlyTo } from './reset-password.ts'

export interface PasswordResetLink {
  readonly userId: string
  readonly token: string | null
  readonly expiresAt: Date
}

/**
 * Lets a member choose a new password: by mail, or where there is none by a token that the caller hands over. Nobody
 * reaches further by it than they do anyway: the member's rights are within the caller's own, and all of them in this
 * organization; elsewhere it would be a way into what others own. The password itself is the member's to choose.
 */
export function createPasswordResetLink(ctx: IdentityCtx, userId: string): Promise<PasswordResetLink> {
  if (!isId(userId)) throw new NotFoundError('user')
  const { organizationId, userId: issuer } = ctx.caller
  return write(ctx, 'password.reset-link-created', async (tx) => {
    const member = await tx.em.findOne(Membership, { userId }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    if (member === null) throw new NotFoundError('user')
    await requireGrantable(tx, ctx.caller, 'user:write', member.roles)
    const user = await tx.em.findOneOrFail(User, { id: userId }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    tx.target('user', user.id, user.name)
    const credential = await tx.em.findOne(PasswordCredential, { userId })
    if (user.kind !== 'person' || credential === null || !belongsOnlyTo(user, organizationId))
      return tx.refuse('password.reset-link-refused', new PasswordResetForeignError())
    const { text, expiresAt } = await issuePasswordReset(tx, user.id, organizationId, issuer)
    const { mail } = ctx.parts
    tx.detail('mailed', mail.active)
    mail.order(tx, { kind: 'password-reset', to: user.email, token: text, minutes: resetMinutes }, expiresAt)
    return { userId: user.id, token: mail.active ? null : text, expiresAt }
  })
}
