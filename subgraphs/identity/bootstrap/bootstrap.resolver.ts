import { Arg, Ctx, Directive, Mutation, Resolver } from 'type-graphql'
import { Cost } from '#platform/graphql/demand'
import type { IdentityCtx } from '../identity.context.ts'
import { passwordHashCost } from '../password/password.limits.ts'
import { SessionTokens } from '../session/session.graphql.ts'
import { BootstrapOwnerInput } from './bootstrap.graphql.ts'
import { bootstrapOwner } from './bootstrap-owner.ts'

@Resolver()
export class BootstrapResolver {
  @Directive('@tag(name: "authentication")')
  @Cost(passwordHashCost)
  @Mutation(() => SessionTokens, {
    description: 'Spends the bootstrap token: founds the first organization with its owner, who is signed in.',
  })
  bootstrapOwner(@Ctx() ctx: IdentityCtx, @Arg('input', () => BootstrapOwnerInput) input: BootstrapOwnerInput) {
    return bootstrapOwner(ctx, input)
  }
}
