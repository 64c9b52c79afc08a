import { raw } from '@mikro-orm/core'
import { read } from '#platform/db/read'
import { type Ctx, withCaller } from '#platform/graphql/context'
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

/** The user's membership in the caller's organization; null when there is none, or a deactivated one. */
export const findActive = (ctx: Ctx, userId: string): Promise<Membership | null> =>
  read(ctx, (em) => em.findOne(Membership, { userId, deactivatedAt: null }))

/** The request, working in the first organization where the user is an active member; null when there is none. */
export async function activePlaceOf<C extends Ctx>(ctx: C, user: User): Promise<C | null> {
  for (const organizationId of user.organizationIds) {
    const place = withCaller(ctx, { ...ctx.caller, organizationId })
    if ((await findActive(place, user.id)) !== null) return place
  }
  return null
}

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

/** A user's place in the caller's organization; many in one statement. */
export function loadMembership(ctx: Ctx, userId: string): Promise<Membership | null> {
  if (!isId(userId)) return Promise.resolve(null)
  const loader = batchLoader(ctx, 'membership', async (ids) => {
    const members = await read(ctx, (em) => em.find(Membership, { userId: { $in: [...ids] } }))
    const byUser = new Map(members.map((member) => [member.userId, member]))
    return ids.map((each) => byUser.get(each) ?? null)
  })
  return loader.load(userId)
}
