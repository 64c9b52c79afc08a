import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql'
import { ListSize } from '#platform/graphql/demand'
import type { IdentityCtx } from '../identity.context.ts'
import { User } from '../user/user.graphql.ts'
import { assignRole } from './assign-role.ts'
import { createRole } from './create-role.ts'
import { deleteRole } from './delete-role.ts'
import { revokeRole } from './revoke-role.ts'
import {
  AssignRoleInput,
  CreateRoleInput,
  DeleteRoleInput,
  RevokeRoleInput,
  Role,
  UpdateRoleInput,
} from './role.graphql.ts'
import { findRoles } from './role.queries.ts'
import { updateRole } from './update-role.ts'

@Resolver(() => Role)
export class RoleResolver {
  @ListSize(10)
  @Query(() => [Role], { nullable: true, description: 'The system’s roles and the organization’s own.' })
  roles(@Ctx() ctx: IdentityCtx) {
    return findRoles(ctx)
  }

  @Mutation(() => Role, { description: 'Makes a role of the organization’s own.' })
  createRole(@Ctx() ctx: IdentityCtx, @Arg('input', () => CreateRoleInput) input: CreateRoleInput) {
    return createRole(ctx, input)
  }

  @Mutation(() => Role, { description: 'Changes a role of the organization’s own.' })
  updateRole(@Ctx() ctx: IdentityCtx, @Arg('input', () => UpdateRoleInput) input: UpdateRoleInput) {
    return updateRole(ctx, input)
  }

  @Mutation(() => Role, { description: 'Deletes a role of the organization’s own that nobody holds.' })
  deleteRole(@Ctx() ctx: IdentityCtx, @Arg('input', () => DeleteRoleInput) input: DeleteRoleInput) {
    return deleteRole(ctx, input)
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
