import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql'
import { findPage } from '#platform/graphql/find-page'
import { PageArgs } from '#platform/graphql/page'
import type { IntegrationsCtx } from '../integrations.context.ts'
import { allowEgress } from './allow-egress.ts'
import { disallowEgress } from './disallow-egress.ts'
import { EgressRule as EgressRuleEntity } from './egress-rule.entity.ts'
import { AllowEgressInput, DisallowEgressInput, EgressRule, EgressRuleConnection } from './egress-rule.graphql.ts'

@Resolver(() => EgressRule)
export class EgressRuleResolver {
  @Query(() => EgressRuleConnection, {
    nullable: true,
    description: 'The private hosts that the organization has opened to its own steps and connections, newest first.',
  })
  egressRules(@Ctx() ctx: IntegrationsCtx, @Args(() => PageArgs) args: PageArgs) {
    return findPage(ctx, EgressRuleEntity, {}, args)
  }

  @Mutation(() => EgressRule, {
    description: 'Lets the organization’s steps and connections call one host and port at a private address.',
  })
  allowEgress(@Ctx() ctx: IntegrationsCtx, @Arg('input', () => AllowEgressInput) input: AllowEgressInput) {
    return allowEgress(ctx, input)
  }

  @Mutation(() => EgressRule, { description: 'Takes that back; calls are refused after at most five seconds.' })
  disallowEgress(@Ctx() ctx: IntegrationsCtx, @Arg('input', () => DisallowEgressInput) input: DisallowEgressInput) {
    return disallowEgress(ctx, input)
  }
}
