import { LockMode } from '@mikro-orm/core'
import { type Tx, write } from '#platform/db/write'
import type { IdentityCtx } from '../identity.context.ts'
import { loadMembership } from '../membership/membership.queries.ts'
import { revoke, subject } from '../revocation/revoke.ts'
import { memberToChange } from './change-member.ts'
import { User } from './user.entity.ts'

/** What the schema holds of a user in one organization, and what of them wherever they are. */
export const tablesOfUser = {
  inOrganization: ['session', 'api_key', 'membership'],
  everywhere: ['password_credential', 'totp', 'recovery_code', 'passkey', 'challenge', 'password_reset'],
} as const

/**
 * Takes a user out of this organization: with `user:write`, or oneself. Who belongs to no other is erased: no row holds
 * their name, address or credentials any more. What they did stays on record under their id; records made before keep the
 * name that they had then.
 *
 * @returns who it was
 * @throws RoleLastOwnerError
 */
export async function deleteUser(ctx: IdentityCtx, userId: string): Promise<User> {
  // Read before it goes, and kept for the answer by the request's loader.
  await loadMembership(ctx, userId)
  return write(ctx, 'user.deleted', async (tx) => {
    const { requireOtherOwner } = await memberToChange(tx, ctx.caller, userId, { own: true })
    await requireOtherOwner()
    const { organizationId } = ctx.caller
    // Held, so that nobody joins another organization meanwhile with an account that is being erased.
    const user = await tx.em.findOneOrFail(
      User,
      { id: userId },
      { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
    )
    tx.target('user', userId)
    await remove(tx, tablesOfUser.inOrganization, userId)
    // Else they would work again for whoever holds them, should their maker come back.
    await tx.em.execute(
      'update identity.api_key set revoked_at = now() where organization_id = ?::uuid and created_by = ? and revoked_at is null',
      [organizationId, userId],
    )
    await tx.em.execute('delete from identity.invitation where organization_id = ?::uuid and email = ?', [
      organizationId,
      user.email,
    ])
    // It stays known that it was done; what it said of them does not.
    await tx.em.execute(
      `update identity.kept_answer set answer = null where organization_id = ?::uuid and answer->'value'->>'id' = ?`,
      [organizationId, userId],
    )
    const remaining = user.organizationIds.filter((id) => id !== organizationId)
    tx.detail('erased', remaining.length === 0)
    if (remaining.length > 0) user.organizationIds = remaining
    else await erase(tx, user)
    // Last: whoever holds the list waits for nobody's rows.
    await revoke(tx, subject.member(organizationId, userId), ...(remaining.length === 0 ? [subject.user(userId)] : []))
    return user
  })
}

async function erase(tx: Tx, user: User): Promise<void> {
  await remove(tx, tablesOfUser.everywhere, user.id)
  await tx.em.nativeDelete(User, { id: user.id })
  tx.em.clear()
}

async function remove(tx: Tx, tables: readonly string[], userId: string): Promise<void> {
  // The policies keep this within the organization, where a table has one.
  for (const table of tables) await tx.em.execute(`delete from identity.${table} where user_id = ?`, [userId])
}
