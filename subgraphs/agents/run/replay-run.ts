import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'
import { AgentVersion } from '../agent/agent-version.entity.ts'
import { findRepeatable, queueRepetition } from './repeat-run.ts'
import type { Run } from './run.entity.ts'
import { AgentVersionUnknownError } from './run.errors.ts'
import type { ReplayRunInput } from './run-links.graphql.ts'

/**
 * Starts a run anew, from its start: with the same input and of the same version, unless told. Nothing of what the earlier
 * run did is taken over, and its steps have effect keys of their own.
 *
 * @throws NotFoundError NOT_FOUND; ForbiddenError FORBIDDEN; AgentVersionUnknownError AGENT_VERSION_UNKNOWN;
 *   AgentNotPublishedError AGENT_NOT_PUBLISHED of an archived agent; InvalidInputError BAD_USER_INPUT
 */
export async function replayRun(ctx: Ctx, given: ReplayRunInput): Promise<Run> {
  const earlier = await findRepeatable(ctx, given.runId)
  const versionId = given.version == null ? earlier.agentVersionId : await versionOf(ctx, earlier, given.version)
  return write(ctx, 'run.replayed', async (tx) => {
    const run = await queueRepetition(ctx, tx, { of: earlier, versionId, input: given.input })
    run.replayOf = earlier.id
    tx.detail('replayOf', earlier.id)
    return run
  })
}

async function versionOf(ctx: Ctx, { agentId }: Run, number: number): Promise<string> {
  const version = await read(ctx, (em) => em.findOne(AgentVersion, { agentId, number }))
  if (version === null) throw new AgentVersionUnknownError()
  return version.id
}
