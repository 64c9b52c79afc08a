import { Arg, Ctx, Query, Resolver } from 'type-graphql'
import { Cost } from '#platform/graphql/demand'
import type { IdentityCtx } from '../identity.context.ts'
import { AccessExplanation, ExplainAccessInput } from './access.graphql.ts'
import { explainAccess } from './explain-access.ts'

@Resolver(() => AccessExplanation)
export class AccessResolver {
  @Cost(50)
  @Query(() => AccessExplanation, {
    nullable: true,
    description:
      'What would be decided about each field of an operation, for oneself or for a role, and by which rule.',
  })
  explainAccess(@Ctx() ctx: IdentityCtx, @Arg('input', () => ExplainAccessInput) input: ExplainAccessInput) {
    return explainAccess(ctx, input)
  }
}
