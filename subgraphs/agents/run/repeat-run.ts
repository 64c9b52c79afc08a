import { read } from '#platform/db/read'
import type { Tx } from '#platform/db/write'
import { ForbiddenError, NotFoundError, UnauthenticatedError } from '#platform/errors/common-errors'
import type { Ctx } from '#platform/graphql/context'
import { isId } from '#platform/id'
import { Agent } from '../agent/agent.entity.ts'
import { Run } from './run.entity.ts'
import { readsContent, visibleRuns } from './run.permissions.ts'
import { inputText, queueRun } from './start-run.ts'

/** A new run of what an earlier one was a run of. */
export interface Repetition {
  readonly of: Run
  /** The version that it is pinned to. */
  readonly versionId: string
  /** Instead of the earlier run's input. */
  readonly input?: unknown
}

/**
 * The run that a caller wants to repeat. What it worked with becomes the new run's, which is the caller's to read.
 *
 * @throws NotFoundError NOT_FOUND; ForbiddenError FORBIDDEN when they may not see what the run works with
 */
export async function findRepeatable(ctx: Ctx, id: string): Promise<Run> {
  const run = isId(id) ? await read(ctx, (em) => em.findOne(Run, { ...visibleRuns(ctx.caller), id })) : null
  if (run === null) throw new NotFoundError('run')
  if (!readsContent(ctx.caller, run)) throw new ForbiddenError()
  return run
}

/**
 * Queues the new run, with the caller as its starter and their rights.
 *
 * @throws AgentNotPublishedError AGENT_NOT_PUBLISHED; InvalidInputError BAD_USER_INPUT
 */
export async function queueRepetition(ctx: Ctx, tx: Tx, { of, versionId, input }: Repetition): Promise<Run> {
  const { userId, apiKeyId, agentId, scopes } = ctx.caller
  if (userId === null) throw new UnauthenticatedError()
  const agent = await tx.em.findOneOrFail(Agent, { id: of.agentId })
  const start = {
    agentId: agent.id,
    startedBy: userId,
    scopesMax: apiKeyId === null && agentId === null ? null : scopes,
    input: inputText(input ?? of.input),
    idempotencyKey: null,
  }
  const { id, name, environment, archivedAt } = agent
  const run = await queueRun(ctx, tx, start, { id, name, environment, archivedAt, publishedVersionId: versionId })
  if (run === undefined) throw new Error('A run is in the way that cannot be seen.')
  tx.target('run', of.id)
  return run
}
