import { Arg, Ctx, Mutation, Resolver } from 'type-graphql'
import type { IdentityCtx } from '../identity.context.ts'
import { Organization, UpdateOrganizationInput } from './organization.graphql.ts'
import { updateOrganization } from './update-organization.ts'

@Resolver(() => Organization)
export class OrganizationResolver {
  @Mutation(() => Organization, { description: 'Changes the caller’s organization.' })
  updateOrganization(
    @Ctx() ctx: IdentityCtx,
    @Arg('input', () => UpdateOrganizationInput) input: UpdateOrganizationInput,
  ) {
    return updateOrganization(ctx, input)
  }
}
