import type { Caller } from '#platform/caller/caller'
import { connectionPermissions } from '#platform/graphql/page.permissions'
import {
  anyone,
  either,
  hasScope,
  orRow,
  type PermissionMap,
  type RowCondition,
  signedIn,
} from '#platform/graphql/rules'
import { content } from '../agent/agent.environment.ts'

const reader = hasScope('run:read')
/** Who follows runs whoever started them; who only starts runs follows their own. */
export const readsAnyRun = reader
const starter = hasScope('run:start')

/** What somebody started is theirs to follow: in person always, by a key or through an agent if those may start runs. */
const follows = (caller: Caller) => (caller.apiKeyId === null && caller.agentId === null) || starter.allows(caller)
const startedByCaller: RowCondition = (run, caller) =>
  follows(caller) && (run as { readonly startedBy?: string }).startedBy === caller.userId
const isCaller: RowCondition = (user, caller) =>
  follows(caller) && (user as { readonly id?: string }).id === caller.userId

/** Whoever may read a run: the row names its starter. */
export const ownRun = orRow(reader, 'own run', startedByCaller)
/** What a run works with: for its starter, and those who may read it. */
export const runContent = orRow(content('run'), 'own run', startedByCaller)

/** Whether a caller may see what a run works with: whoever repeats a run sees it in the new one, which is theirs. */
export function readsContent(caller: Caller, run: object): boolean {
  const judge = runContent.row?.(caller) ?? false
  return runContent.allows(caller) || (judge !== false && judge(run))
}

/** Which runs a caller may name or list, as a condition of the statement: all, or their own. */
export const visibleRuns = (caller: Caller): object => (reader.allows(caller) ? {} : { startedBy: caller.userId })

/** Who ends runs whoever started them; who only starts runs ends their own. */
export const endsAnyRun = hasScope('run:cancel')

export const runPermissions: PermissionMap = {
  Query: { run: either(reader, starter), runs: either(reader, starter) },
  Mutation: {
    startRun: starter,
    cancelRun: either(endsAnyRun, starter),
    replayRun: hasScope('run:replay'),
    forkRun: hasScope('run:replay'),
  },
  Subscription: { runEvents: either(reader, starter) },
  RunEvent: { '*': ownRun },
  Run: {
    '*': ownRun,
    input: runContent,
    output: runContent,
    agent: hasScope('agent:read'),
    version: hasScope('agent:read'),
  },
  // Reached through a run, or through a list of runs, alone.
  RunStep: { '*': signedIn, input: runContent, output: runContent },
  RunStepAttempt: { '*': signedIn },
  RunStepUsage: { '*': signedIn },
  RunUsage: { '*': signedIn },
  RunError: { '*': signedIn },
  ...connectionPermissions('Run', signedIn),
  // A right written here would bind the field everywhere, also in the answer to a sign-in.
  User: { id: anyone, runs: orRow(reader, 'own runs', isCaller) },
}
