import { write } from '#platform/db/write'
import type { IdentityCtx } from '../identity.context.ts'
import { revoke, subject } from '../revocation/revoke.ts'
import { endSessions } from '../session/end-sessions.ts'
import { memberToChange } from './change-member.ts'
import type { User } from './user.entity.ts'

/**
 * Closes every door of this organization to a member, within two seconds everywhere: sessions end, and neither sign-in,
 * nor switching, nor their keys and runs lead in. Other organizations are not touched. Repeating it changes nothing.
 *
 * @throws RoleLastOwnerError
 */
export function deactivateUser(ctx: IdentityCtx, userId: string): Promise<User> {
  return write(ctx, 'user.deactivated', async (tx) => {
    const { member, user, requireOtherOwner } = await memberToChange(tx, ctx.caller, userId, { own: false })
    tx.target('user', user.id, user.name)
    if (member.deactivatedAt != null) {
      tx.unchanged()
      return user
    }
    await requireOtherOwner()
    member.deactivatedAt = new Date()
    tx.detail('sessions', await endSessions(tx, { userId }))
    await revoke(tx, subject.member(ctx.caller.organizationId, userId))
    return user
  })
}

/** Lets a deactivated member in again, with the roles that they had. They have to sign in anew. */
export function reactivateUser(ctx: IdentityCtx, userId: string): Promise<User> {
  return write(ctx, 'user.reactivated', async (tx) => {
    const { member, user } = await memberToChange(tx, ctx.caller, userId, { own: false })
    tx.target('user', user.id, user.name)
    if (member.deactivatedAt == null) tx.unchanged()
    member.deactivatedAt = null
    return user
  })
}
