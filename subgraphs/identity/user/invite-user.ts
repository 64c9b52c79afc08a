import { type Tx, write } from '#platform/db/write'
import { UnauthenticatedError } from '#platform/errors/common-errors'
import { newId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import { Organization } from '../organization/organization.entity.ts'
import { requireGrantable, requireRoles } from '../role/grantable.ts'
import { newOpaqueToken } from '../session/opaque-token.ts'
import { emailAddress } from './email-address.ts'
import { Invitation } from './invitation.entity.ts'
import { InvitationLimitError } from './user.errors.ts'
import type { Invitation as InvitationType, InviteUserInput } from './user.graphql.ts'
import { invitationDays, invitationsPerAddressMax } from './user.limits.ts'

/** Invites a person by e-mail address. The token that accepts it goes to them by mail; where there is none, to the inviter, once. */
export function inviteUser(ctx: IdentityCtx, input: InviteUserInput): Promise<InvitationType> {
  const { userId, organizationId } = ctx.caller
  if (userId === null) throw new UnauthenticatedError()
  const email = emailAddress(input.email)
  const roles = [...new Set(input.roles)]
  return write(ctx, 'user.invited', async (tx) => {
    await requireRoles(tx, roles)
    await requireGrantable(tx, ctx.caller, 'user:invite', roles)
    await requireFewer(tx, email)
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
    const { mail } = ctx.parts
    const { name: organization } = await tx.em.findOneOrFail(Organization, { id: organizationId })
    mail.order(tx, { kind: 'invitation', to: email, organization, token: token.text, days: invitationDays }, expiresAt)
    return { id: token.id, email, roles, expiresAt, token: mail.active ? null : token.text }
  })
}

async function requireFewer({ em }: Tx, email: string): Promise<void> {
  const sinceYesterday = { $gt: new Date(Date.now() - 86_400_000) }
  if ((await em.count(Invitation, { email, createdAt: sinceYesterday })) >= invitationsPerAddressMax)
    throw new InvitationLimitError(invitationsPerAddressMax)
}
