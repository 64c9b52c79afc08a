import { read } from '#platform/db/read'
import { ForbiddenError, NotFoundError } from '#platform/errors/common-errors'
import { type Ctx, withCaller } from '#platform/graphql/context'
import { isId } from '#platform/id'
import { askToEnd } from './ask-to-end.ts'
import { cancelDescendants } from './cancel-children.ts'
import { Run } from './run.entity.ts'
import type { CancelRunInput } from './run.graphql.ts'
import { endsAnyRun, visibleRuns } from './run.permissions.ts'

/**
 * Ends a queued run at once; asks the owner of a running one to end it, which it does within a second or two; and has a
 * waiting one taken up to be ended. A finished run stays as it is, and asking again changes nothing. Who only starts runs
 * ends their own. What its steps have started ends with it; what they did is undone as their author said.
 *
 * @throws NotFoundError NOT_FOUND; ForbiddenError FORBIDDEN for another's run that the caller may see
 */
export async function cancelRun(ctx: Ctx, input: CancelRunInput): Promise<Run> {
  if (!isId(input.runId)) throw new NotFoundError('run')
  const asked = await askToEnd(ctx, input.runId)
  if (asked === undefined) return findUntouched(ctx, input.runId)
  // The worker that ends the run does the same; here it is sooner. With no claim: it is not what the mutation answers.
  await cancelDescendants(withCaller(ctx, ctx.caller), input.runId)
  return asked
}

/** The run as it is, when there was nothing to end. */
async function findUntouched(ctx: Ctx, id: string): Promise<Run> {
  const { caller } = ctx
  const mayEnd = endsAnyRun.allows(caller)
  const run = await read(ctx, (em) => em.findOne(Run, mayEnd ? { id } : { ...visibleRuns(caller), id }))
  if (run === null) throw new NotFoundError('run')
  if (!mayEnd && run.startedBy !== caller.userId) throw new ForbiddenError()
  return run
}
