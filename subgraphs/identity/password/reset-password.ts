import { LockMode } from '@mikro-orm/core'
import { systemOrganizationId } from '#platform/caller/caller'
import { read } from '#platform/db/read'
import { type Tx, write } from '#platform/db/write'
import { withCaller } from '#platform/graphql/context'
import type { IdentityCtx } from '../identity.context.ts'
import { Membership } from '../membership/membership.entity.ts'
import { activePlaceOf } from '../membership/membership.queries.ts'
import { revoke, subject } from '../revocation/revoke.ts'
import { canStillGrant } from '../role/grantable.ts'
import { endSessionsEverywhere } from '../session/log-out-everywhere.ts'
import { type OpaqueToken, readOpaqueToken, sameHash } from '../session/opaque-token.ts'
import { User } from '../user/user.entity.ts'
import { PasswordResetInvalidError } from './password.errors.ts'
import type { ResetPasswordInput } from './password.graphql.ts'
import { PasswordReset } from './password-reset.entity.ts'
import { setPassword } from './set-password.ts'

/**
 * Takes a new password from whoever holds the token, once, and ends all sessions of its owner. Nobody is signed in by
 * it, and every other factor stays as it is: a mailbox alone opens no session of somebody who has one.
 */
export async function resetPassword(ctx: IdentityCtx, input: ResetPasswordInput): Promise<true> {
  const { passwordPolicy, hasher } = ctx.parts
  passwordPolicy.require(input.newPassword)
  const given = readOpaqueToken(input.token)
  const user = given && (await holderOf(ctx, given))
  const place = user && (await activePlaceOf(ctx, user))
  if (given === undefined || !user || !place) return refused(ctx, 'no such token, or nobody who could sign in with it')
  passwordPolicy.require(input.newPassword, [user.email, user.name])
  const hash = await hasher.hash(input.newPassword)
  await write(place, 'password.reset', async (tx) => {
    tx.target('user', user.id, user.name)
    const now = new Date()
    if (!(await spend(tx, given, now)))
      return tx.refuse('password.reset-refused', new PasswordResetInvalidError('spent, expired or superseded'))
    await setPassword(place, tx, user, hash, now)
    await revoke(tx, subject.user(user.id))
  })
  await endSessionsEverywhere(place, user)
  return true
}

function refused(ctx: IdentityCtx, why: string): Promise<true> {
  const place = withCaller(ctx, { ...ctx.caller, organizationId: systemOrganizationId })
  return write<true>(place, 'password.reset', async (tx) =>
    tx.refuse('password.reset-refused', new PasswordResetInvalidError(why)),
  )
}

const holderOf = (ctx: IdentityCtx, { id, hash }: OpaqueToken): Promise<User | null> =>
  read(ctx, async (em) => {
    const reset = await em.findOne(PasswordReset, { id })
    return reset !== null && sameHash(reset.tokenHash, hash) ? em.findOne(User, { id: reset.userId }) : null
  })

/**
 * Whether the token was good until now. One that an administrator made is good while its holder belongs to their
 * organization alone, and has no rights that they lack: else it would be a way to what the holder was given meanwhile.
 */
async function spend(tx: Tx, { id, hash }: OpaqueToken, now: Date): Promise<boolean> {
  const reset = await tx.em.findOne(PasswordReset, { id, tokenHash: hash }, { lockMode: LockMode.PESSIMISTIC_WRITE })
  if (reset === null || reset.expiresAt < now) return false
  const { issuedIn, issuedBy } = reset
  if (typeof issuedIn !== 'string') return true
  const holder = await tx.em.findOneOrFail(
    User,
    { id: reset.userId },
    { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  )
  if (typeof issuedBy !== 'string' || !belongsOnlyTo(holder, issuedIn)) return false
  const member = await tx.em.findOneOrFail(Membership, { userId: holder.id })
  return canStillGrant(tx, { organizationId: issuedIn, userId: issuedBy }, 'user:write', member.roles)
}

export const belongsOnlyTo = (user: User, organizationId: string): boolean =>
  user.organizationIds.length === 1 && user.organizationIds[0] === organizationId
