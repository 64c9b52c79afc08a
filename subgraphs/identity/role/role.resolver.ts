import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql'
import type { IdentityCtx } from '../identity.context.ts'
import { User } from '../user/user.graphql.ts'
import { assignRole } from './assign-role.ts'
import { revokeRole } from './revoke-role.ts'
import { AssignRoleInput, RevokeRoleInput, Role } from './role.graphql.ts'
import { systemRoles } from './system-roles.ts'

@Resolver(() => Role)
export class RoleResolver {
  @Query(() => [Role], { nullable: true, description: 'The roles of the organization.' })
  roles(): Role[] {
    return Object.entries(systemRoles).map(([name, scopes]) => ({ name, scopes: [...scopes] }))
  }

  @Mutation(() => User, { description: 'Gives a member a further role.' })
  assignRole(@Ctx() ctx: IdentityCtx, @Arg('input', () => AssignRoleInput) input: AssignRoleInput) {
    return assignRole(ctx, input)
  }

  @Mutation(() => User, { description: 'Takes a role from a member.' })
  revokeRole(@Ctx() ctx: IdentityCtx, @Arg('input', () => RevokeRoleInput) input: RevokeRoleInput) {
    return revokeRole(ctx, input)
  }
}
