import type { StepKind } from '../../subgraphs/agents/jobs.ts'
import { RightsUnknownError } from '../current-scopes.ts'
import type { RunInHand } from './run-in-hand.ts'
import { RunEndsError } from './step-errors.ts'

/** Whose rights the run uses is nobody here any more. */
export class StarterInactiveError extends RunEndsError {
  constructor() {
    super('STARTER_INACTIVE', 'Whoever started the run is disabled, or has left the organization.')
  }
}

/** Kinds that use connections: what they do is done in the starter's name. */
const usesConnection: ReadonlySet<StepKind> = new Set(['llm', 'tool'])
/** How old the answer may be before such a step, and before any other. */
const [askedMsMax, askedMsMaxElse] = [1_000, 30_000]

/**
 * To be asked before each attempt: whether somebody stands behind the run. What they may do is in the run's token, which
 * has no more than they have now. What undoes a run asks nobody: it was promised while they were there.
 *
 * @throws StarterInactiveError STARTER_INACTIVE; RightsUnknownError RIGHTS_UNKNOWN before a step that uses a connection,
 *   while nobody can tell
 */
export async function checkStarter({ run, parts, undoing }: RunInHand, kind: StepKind): Promise<void> {
  if (undoing || run.ending !== null) return
  const strict = usesConnection.has(kind)
  try {
    const scopes = await parts.scopes.of(run.organizationId, run.startedBy, strict ? askedMsMax : askedMsMaxElse)
    if (scopes === null) throw new StarterInactiveError()
  } catch (error) {
    // What stays within the run goes on while identity is away.
    if (strict || !(error instanceof RightsUnknownError)) throw error
  }
}
