import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql'
import { read } from '#platform/db/read'
import type { Ctx as Context } from '#platform/graphql/context'
import { RunPolicy as RunPolicyEntity } from './run-policy.entity.ts'
import { RunPolicy, UpdateRunPolicyInput } from './run-policy.graphql.ts'
import { toldPolicy, updateRunPolicy } from './update-run-policy.ts'

@Resolver()
export class RunPolicyResolver {
  @Query(() => RunPolicy, { nullable: true, description: 'What the runs of the organization may use.' })
  async runPolicy(@Ctx() ctx: Context) {
    const { organizationId } = ctx.caller
    return toldPolicy(await read(ctx, (em) => em.findOne(RunPolicyEntity, { id: organizationId })))
  }

  @Mutation(() => RunPolicy, {
    description:
      'Changes what the runs of the organization may use: at once for slots, for budgets from a run’s next wait or owner on.',
  })
  updateRunPolicy(@Ctx() ctx: Context, @Arg('input', () => UpdateRunPolicyInput) input: UpdateRunPolicyInput) {
    return updateRunPolicy(ctx, input)
  }
}
