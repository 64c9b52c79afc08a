import { LockMode, UniqueConstraintViolationException } from '@mikro-orm/core'
import { read } from '#platform/db/read'
import { type Tx, write } from '#platform/db/write'
import { withCaller } from '#platform/graphql/context'
import { newId } from '#platform/id'
import { beginAttempt } from '../attempt/begin-attempt.ts'
import type { IdentityCtx } from '../identity.context.ts'
import { Membership } from '../membership/membership.entity.ts'
import { canStillGrant } from '../role/grantable.ts'
import { readOpaqueToken, sameHash } from '../session/opaque-token.ts'
import { Invitation } from './invitation.entity.ts'
import { isOpen } from './invitation.status.ts'
import { PasswordCredential } from './password-credential.entity.ts'
import { User } from './user.entity.ts'
import { InvitationInvalidError } from './user.errors.ts'
import type { AcceptInvitationInput } from './user.graphql.ts'
import { printableName } from './user-name.ts'

/**
 * Takes the place that an invitation holds: with a new account, or with the account that has the e-mail address, if the
 * password is that account's. The invitation works once, is void after a few wrong passwords, and as long as whoever made
 * it could not give its roles themselves.
 */
export async function acceptInvitation(ctx: IdentityCtx, input: AcceptInvitationInput): Promise<User> {
  try {
    return await accept(ctx, input)
  } catch (error) {
    // Another invitation of the same person was accepted meanwhile: now there is an account to join with.
    if (error instanceof UniqueConstraintViolationException) return accept(ctx, input)
    throw error
  }
}

async function accept(ctx: IdentityCtx, input: AcceptInvitationInput): Promise<User> {
  const name = printableName(input.name)
  // Also an existing account's: whether there is one shows in no refusal that comes before its password is right.
  ctx.parts.passwordPolicy.require(input.password)
  const given = readOpaqueToken(input.token)
  if (given === undefined) throw new InvitationInvalidError('malformed')
  const place = withCaller(ctx, { ...ctx.caller, organizationId: given.organizationId })
  const found = await read(place, async (em) => {
    const invitation = await em.findOne(Invitation, { id: given.id })
    const user = invitation && (await em.findOne(User, { email: invitation.email }))
    return { invitation, user, credential: user && (await em.findOne(PasswordCredential, { userId: user.id })) }
  })
  const { invitation, user: existing, credential } = found
  if (invitation === null || !sameHash(invitation.tokenHash, given.hash))
    throw new InvitationInvalidError('no such invitation')
  ctx.parts.passwordPolicy.require(input.password, [invitation.email, name])

  // Hashing stays outside the transaction: it takes tens of milliseconds, in which no lock should be held.
  const { hasher } = ctx.parts
  const isProvable = isOpen(invitation, new Date())
  const attempt = await beginAttempt(place, { purpose: 'password', account: invitation.email })
  const hash = existing === null && isProvable ? await attempt.decide(() => hasher.hash(input.password)) : undefined
  const ownerProven =
    isProvable && (existing === null || (await attempt.decide(() => hasher.verify(input.password, credential?.hash))))
  const userId = existing?.id ?? newId()
  // Only who proved to own the account is recorded as it: to whoever invited, its id would say that it exists.
  const joining = ownerProven ? withCaller(place, { ...place.caller, kind: 'user', userId }) : place

  const joined = await write(joining, 'user.joined', async (tx) => {
    const current = await tx.em.findOneOrFail(Invitation, { id: given.id }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    tx.target('invitation', current.id, current.email)
    if (!isOpen(current, new Date()))
      return tx.refuse('user.join-refused', new InvitationInvalidError('spent, revoked, void or expired'))
    const inviter = { organizationId: current.organizationId, userId: current.invitedBy }
    if (!(await canStillGrant(tx, inviter, 'user:invite', current.roles)))
      return tx.refuse('user.join-refused', new InvitationInvalidError('the inviter may not give these roles any more'))
    if (!ownerProven) {
      current.refusals += 1
      return tx.refuse('user.join-refused', new InvitationInvalidError('wrong password for the existing account'))
    }
    if (await isDeactivated(tx, userId))
      return tx.refuse('user.join-refused', new InvitationInvalidError('a deactivated member'))
    current.acceptedAt = new Date()
    const user =
      existing ??
      createUser(tx, { id: userId, email: current.email, name, organizationId: current.organizationId }, hash ?? '')
    tx.target('user', user.id, user.name)
    await join(tx, current, user.id)
    return user
  })
  await attempt.succeed()
  return joined
}

function createUser(
  tx: Tx,
  of: { id: string; email: string; name: string; organizationId: string },
  hash: string,
): User {
  const now = new Date()
  tx.em.create(PasswordCredential, { userId: of.id, hash, updatedAt: now })
  return tx.em.create(User, {
    id: of.id,
    email: of.email,
    name: of.name,
    organizationIds: [of.organizationId],
    createdAt: now,
  })
}

/** An invitation is no way around a deactivation, which somebody with more rights may have decided. */
const isDeactivated = async (tx: Tx, userId: string): Promise<boolean> =>
  (await tx.em.findOne(Membership, { userId, deactivatedAt: { $ne: null } })) !== null

/** Somebody who is a member already keeps their place and gains the invitation's roles. */
async function join(tx: Tx, invitation: Invitation, userId: string): Promise<void> {
  const { organizationId, roles } = invitation
  const member = await tx.em.findOne(Membership, { userId })
  if (member !== null) {
    member.roles = [...new Set([...member.roles, ...roles])]
    return
  }
  tx.em.create(Membership, { organizationId, id: newId(), userId, roles, createdAt: new Date() })
  const user = await tx.em.findOne(User, { id: userId }, { lockMode: LockMode.PESSIMISTIC_WRITE })
  if (user === null) throw new InvitationInvalidError('the account was erased meanwhile')
  if (!user.organizationIds.includes(organizationId)) user.organizationIds = [...user.organizationIds, organizationId]
}
