import { Arg, Ctx, Mutation, Resolver } from 'type-graphql'
import type { IdentityCtx } from '../identity.context.ts'
import { User } from '../user/user.graphql.ts'
import { createServiceAccount } from './create-service-account.ts'
import { CreateServiceAccountInput } from './service-account.graphql.ts'

@Resolver()
export class ServiceAccountResolver {
  @Mutation(() => User, { description: 'Makes a member that only API keys act for.' })
  createServiceAccount(
    @Ctx() ctx: IdentityCtx,
    @Arg('input', () => CreateServiceAccountInput) input: CreateServiceAccountInput,
  ) {
    return createServiceAccount(ctx, input)
  }
}
