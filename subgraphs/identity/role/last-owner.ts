import { LockMode } from '@mikro-orm/core'
import type { Tx } from '#platform/db/write'
import { Membership } from '../membership/membership.entity.ts'
import { User } from '../user/user.entity.ts'
import { RoleLastOwnerError } from './role.errors.ts'

/**
 * A member's place in the caller's organization, held until the transaction ends together with those of all owners, in
 * one order: two owners who remove each other at once must wait for each other.
 *
 * @returns undefined when there is no such member
 */
export async function holdWithOwners(tx: Tx, userId: string) {
  const held = await tx.em.find(
    Membership,
    { $or: [{ userId }, { roles: { $contains: ['owner'] } }] },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' }, refresh: true },
  )
  const member = held.find((each) => each.userId === userId)
  if (member === undefined) return undefined
  const isOwner = (each: Membership) => each.roles.includes('owner') && each.deactivatedAt == null
  return {
    member,
    /** @throws RoleLastOwnerError when the member is an active owner, and no other person is */
    async requireOtherOwner(): Promise<void> {
      const others = held.filter((each) => each !== member && isOwner(each)).map((each) => each.userId)
      // A service account cannot sign in, so it keeps no organization reachable.
      if (isOwner(member) && (await tx.em.count(User, { id: { $in: others }, kind: 'person' })) === 0)
        throw new RoleLastOwnerError()
    },
  }
}
