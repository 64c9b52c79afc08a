import { write } from '#platform/db/write'
import { NotFoundError } from '#platform/errors/common-errors'
import { type Ctx, withCaller } from '#platform/graphql/context'
import { isId } from '#platform/id'
import { Agent } from '../agent/agent.entity.ts'
import type { ClaimedRun } from './engine/claimed-run.ts'
import { parentPathOf } from './parent-run.ts'
import { Run } from './run.entity.ts'
import { RunLeaseLostError, RunTooDeepError } from './run.errors.ts'
import { runDepthMax } from './run.limits.ts'
import { runIs } from './run.status.ts'
import { inputText, queueRun } from './start-run.ts'

/** What a step starts: which attempt of it, what of. */
export interface ChildStart {
  readonly path: string
  readonly attempt: number
  readonly effectKey: string
  readonly agentId: string
  readonly input: unknown
}

/**
 * Queues the run that an attempt of a step starts, once, however often it is asked for. It has the starter of the run that
 * starts it, and none of the scopes that this one has not.
 *
 * @returns its id
 * @throws NotFoundError NOT_FOUND; AgentNotPublishedError AGENT_NOT_PUBLISHED; RunTooDeepError RUN_TOO_DEEP;
 *   InvalidInputError BAD_USER_INPUT; RunLeaseLostError RUN_LEASE_LOST when the parent is somebody else's by now
 */
export async function startChildRun(ctx: Ctx, parent: ClaimedRun, start: ChildStart): Promise<string> {
  if (!isId(start.agentId)) throw new NotFoundError('agent')
  if (parent.depth >= runDepthMax) throw new RunTooDeepError()
  const { runId, organizationId, epoch, startedBy } = parent
  const input = inputText(start.input)
  // No key that a caller gives has a space in it.
  const idempotencyKey = `child ${start.effectKey}#${start.attempt}`
  const acting = withCaller(ctx, { ...ctx.caller, agentId: parent.agentId, userId: startedBy, runId })
  return write(acting, 'run.started', async (tx) => {
    const held = await tx.em.execute<object[]>(
      `select 1 from agents.run where organization_id = ? and id = ? and lease_epoch = ? and ${runIs.running} for update`,
      [organizationId, runId, epoch],
    )
    if (held.length === 0) throw new RunLeaseLostError(runId, epoch)
    const earlier = await tx.em.findOne(Run, { agentId: start.agentId, idempotencyKey })
    if (earlier !== null) {
      tx.unchanged()
      return earlier.id
    }
    const agent = await tx.em.findOne(Agent, { id: start.agentId })
    if (agent === null) throw new NotFoundError('agent')
    const child = await queueRun(
      acting,
      tx,
      { agentId: agent.id, startedBy, scopesMax: parent.grants, input, idempotencyKey },
      agent,
    )
    if (child === undefined) throw new Error('A run is in the way that cannot be seen.')
    await tx.em.execute(
      `update agents.run set parent_run_id = ?, parent_path = ?, depth = ? where organization_id = ? and id = ?`,
      [runId, parentPathOf(start), parent.depth + 1, organizationId, child.id],
    )
    tx.detail('parentRunId', runId)
    return child.id
  })
}
