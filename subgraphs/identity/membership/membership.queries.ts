import { raw } from '@mikro-orm/core'
import { read } from '#platform/db/read'
import type { Ctx } from '#platform/graphql/context'
import { batchLoader } from '#platform/graphql/load-by-id'
import { isId } from '#platform/id'
import { User } from '../user/user.entity.ts'
import { Membership } from './membership.entity.ts'

/** The condition that keeps the global user table within the caller's organization. */
export const memberOf = (ctx: Ctx) => ({
  id: {
    $in: raw('(select m.user_id from identity.membership m where m.organization_id = ?::uuid)', [
      ctx.caller.organizationId,
    ]),
  },
})

export const findMembership = (ctx: Ctx, userId: string): Promise<Membership | null> =>
  read(ctx, (em) => em.findOne(Membership, { userId }))

/** The user with this id if they belong to the caller's organization; many in one statement. */
export async function loadMember(ctx: Ctx, id: string): Promise<User | null> {
  if (!isId(id)) return null
  const loader = batchLoader(ctx, 'member', async (ids) => {
    const users = await read(ctx, (em) => em.find(User, { $and: [{ id: { $in: [...ids] } }, memberOf(ctx)] }))
    const byId = new Map(users.map((user) => [user.id, user]))
    return ids.map((each) => byId.get(each) ?? null)
  })
  return loader.load(id)
}

/** A member's roles in the caller's organization; many in one statement. */
export function loadRoles(ctx: Ctx, userId: string): Promise<string[]> {
  const loader = batchLoader(ctx, 'roles', async (ids) => {
    const members = await read(ctx, (em) => em.find(Membership, { userId: { $in: [...ids] } }))
    const byUser = new Map(members.map((member) => [member.userId, member.roles]))
    return ids.map((each) => byUser.get(each) ?? [])
  })
  return loader.load(userId)
}
