import { Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql'
import { read } from '#platform/db/read'
import { NotFoundError, UnauthenticatedError } from '#platform/errors/common-errors'
import type { IdentityCtx } from '../identity.context.ts'
import { loadMember } from '../membership/membership.queries.ts'
import { User } from '../user/user.graphql.ts'
import { Organization as OrganizationEntity } from './organization.entity.ts'
import { Organization, Viewer } from './organization.graphql.ts'

@Resolver(() => Viewer)
export class ViewerResolver {
  @Query(() => Viewer, { nullable: true, description: 'The caller: user, organization, roles and scopes.' })
  viewer(@Ctx() ctx: IdentityCtx): Pick<Viewer, 'roles' | 'scopes'> {
    return { roles: ctx.caller.roles, scopes: ctx.caller.scopes }
  }

  @FieldResolver(() => User)
  async user(@Ctx() ctx: IdentityCtx, @Root() _viewer: Viewer) {
    if (ctx.caller.userId === null) throw new UnauthenticatedError()
    const user = await loadMember(ctx, ctx.caller.userId)
    if (user === null) throw new NotFoundError('user')
    return user
  }

  @FieldResolver(() => Organization)
  async organization(@Ctx() ctx: IdentityCtx, @Root() _viewer: Viewer) {
    const organization = await read(ctx, (em) => em.findOne(OrganizationEntity, { id: ctx.caller.organizationId }))
    if (organization === null) throw new NotFoundError('organization')
    return organization
  }
}
