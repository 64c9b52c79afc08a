import { write } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'
import { newId } from '#platform/id'
import { AgentVersion } from '../agent/agent-version.entity.ts'
import type { Definition } from '../agent/definition/definition.ts'
import { walkSteps } from '../agent/definition/walk-steps.ts'
import { effectKeyOf } from '../step/effect-key.ts'
import { type ForkedStep, stepsToKeep } from './forked-steps.ts'
import { findRepeatable, queueRepetition } from './repeat-run.ts'
import type { Run } from './run.entity.ts'
import { RunStepUnknownError } from './run.errors.ts'
import type { ForkRunInput } from './run-links.graphql.ts'

/**
 * Starts a run that goes on from a step of an earlier one, of the same version: what had begun before that step, and has
 * ended, is taken over as it is stored. What was undone again, and what people approved, is done again.
 *
 * @throws NotFoundError NOT_FOUND; ForbiddenError FORBIDDEN; RunStepUnknownError RUN_STEP_UNKNOWN;
 *   AgentNotPublishedError AGENT_NOT_PUBLISHED of an archived agent; InvalidInputError BAD_USER_INPUT
 */
export async function forkRun(ctx: Ctx, given: ForkRunInput): Promise<Run> {
  const earlier = await findRepeatable(ctx, given.runId)
  const { organizationId } = ctx.caller
  return write(ctx, 'run.forked', async (tx) => {
    const stored = await tx.em.execute<ForkedStep[]>(
      `select path, step_id as "stepId", kind, status, attempt, ordinal, case when kind = 'loop' then state end as state
       from agents.step where organization_id = ? and run_id = ? order by ordinal`,
      [organizationId, earlier.id],
    )
    const { definition } = await tx.em.findOneOrFail(AgentVersion, { id: earlier.agentVersionId })
    const kept = stepsToKeep(stored, given.fromStep, failuresTakenUp(definition))
    if (kept === undefined) throw new RunStepUnknownError()
    const versionId = earlier.agentVersionId
    const run = await queueRepetition(ctx, tx, { of: earlier, versionId, input: given.input })
    run.forkedFrom = earlier.id
    run.forkedStep = given.fromStep
    const copies = kept.map(({ path, ...rest }) => ({
      path,
      id: newId(),
      effectKey: effectKeyOf(run.id, path),
      ...rest,
    }))
    await tx.em.execute(
      `insert into agents.step (organization_id, id, run_id, path, step_id, kind, status, attempt, epoch, attempts, state,
         input, output, output_ref, error, usage, effect_key, ordinal, done_ordinal, started_at, finished_at)
       select step.organization_id, copy.id, ?, step.path, step.step_id, step.kind,
         case when copy.open then 'RUNNING' else step.status end, coalesce(copy.attempt, step.attempt), 0,
         case when copy.open then '[]' else step.attempts end, coalesce(copy.state, step.state), step.input,
         case when copy.open then null else step.output end, case when copy.open then null else step.output_ref end,
         case when copy.open then null else step.error end,
         case when copy.open then null else step.usage end, copy."effectKey",
         row_number() over (order by step.ordinal) - 1,
         case when copy.open then null
           else row_number() over (partition by copy.open order by step.done_ordinal) end,
         step.started_at, case when copy.open then null else step.finished_at end
       from jsonb_to_recordset(?::jsonb) as copy(path text, id uuid, "effectKey" text, open boolean, attempt int, state jsonb)
       join agents.step as step on step.organization_id = ? and step.run_id = ? and step.path = copy.path`,
      [run.id, JSON.stringify(copies), organizationId, earlier.id],
    )
    // What was taken over counts: else forks of forks would hold ever more.
    await tx.em.execute(
      `update agents.run set payload_bytes = (
         select coalesce(sum(octet_length(coalesce(step.output, aside.content)::text)), 0) from agents.step
         left join agents.payload as aside on aside.organization_id = step.organization_id and aside.id = step.output_ref
         where step.organization_id = run.organization_id and step.run_id = run.id)
       where organization_id = ? and id = ?`,
      [organizationId, run.id],
    )
    tx.detail('forkedFrom', earlier.id)
    tx.detail('forkedStep', given.fromStep)
    return run
  })
}

/** The steps whose failure is not that of what is around them, by their ids. */
function failuresTakenUp({ steps }: Definition): (stepId: string) => boolean {
  const found = [...walkSteps(steps, [])].filter(({ step }) => step.onFailure !== undefined || step.continueOnError)
  const ids = new Set(found.map(({ step }) => step.id))
  return (stepId) => ids.has(stepId)
}
