import { Arg, Ctx, Directive, Mutation, Resolver } from 'type-graphql'
import type { IdentityCtx } from '../identity.context.ts'
import { SessionTokens } from '../session/session.graphql.ts'
import { BootstrapOwnerInput } from './bootstrap.graphql.ts'
import { bootstrapOwner } from './bootstrap-owner.ts'

@Resolver()
export class BootstrapResolver {
  @Directive('@tag(name: "authentication")')
  @Mutation(() => SessionTokens, {
    description: 'Spends the bootstrap token: founds the first organization with its owner, who is signed in.',
  })
  bootstrapOwner(@Ctx() ctx: IdentityCtx, @Arg('input', () => BootstrapOwnerInput) input: BootstrapOwnerInput) {
    return bootstrapOwner(ctx, input)
  }
}
