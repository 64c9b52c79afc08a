import { GraphQLJSON } from 'graphql-scalars'
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { Ctx as Context } from '#platform/graphql/context'
import { redacted } from '../json/redacted.ts'
import { RunStep } from '../run/run.graphql.ts'
import { loadOutput } from '../run/run.queries.ts'
import type { RunStep as RunStepEntity } from '../step/step.entity.ts'

@Resolver(() => RunStep)
export class StepOutputResolver {
  @FieldResolver(() => GraphQLJSON, { nullable: true, description: 'What it gave, credentials redacted.' })
  async output(@Ctx() ctx: Context, @Root() step: RunStepEntity) {
    return redacted(await loadOutput(ctx, step))
  }
}
