import { write } from '#platform/db/write'
import { InvalidInputError, UnauthenticatedError } from '#platform/errors/common-errors'
import { newId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import { requireGrantable, requireRoles } from '../role/grantable.ts'
import { newOpaqueToken } from '../session/opaque-token.ts'
import { Invitation } from './invitation.entity.ts'
import type { Invitation as InvitationType, InviteUserInput } from './user.graphql.ts'
import { emailLengthMax, invitationDays } from './user.limits.ts'

const addressShape = /^[^\s@\p{Cc}\p{Surrogate}]+@[^\s@\p{Cc}\p{Surrogate}]+$/u

/** Invites a person by e-mail address; the answer holds the one token that accepts it. */
export function inviteUser(ctx: IdentityCtx, input: InviteUserInput): Promise<InvitationType> {
  const { userId, organizationId } = ctx.caller
  if (userId === null) throw new UnauthenticatedError()
  const email = input.email.trim().toLowerCase()
  if (!addressShape.test(email) || email.length > emailLengthMax)
    throw new InvalidInputError('This is not an e-mail address.')
  const roles = [...new Set(input.roles)]
  return write(ctx, 'user.invited', async (tx) => {
    await requireRoles(tx, roles)
    await requireGrantable(tx, ctx.caller, 'user:invite', roles)
    const token = newOpaqueToken(organizationId, newId())
    const expiresAt = new Date(Date.now() + invitationDays * 86_400_000)
    tx.em.create(Invitation, {
      organizationId,
      id: token.id,
      email,
      roles,
      tokenHash: token.hash,
      invitedBy: userId,
      expiresAt,
      createdAt: new Date(),
    })
    tx.target('invitation', token.id, email)
    tx.detail('roles', roles)
    return { id: token.id, email, roles, expiresAt, token: token.text }
  })
}
