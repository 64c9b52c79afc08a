import { connectionPermissions } from '#platform/graphql/page'
import { anyone, hasScope, orRow, type PermissionMap, signedIn } from '#platform/graphql/rules'

/** Whoever starts a run may read what becomes of it. */
const ownRun = orRow(
  hasScope('run:read'),
  'own run',
  (run, caller) => (run as { startedBy: string }).startedBy === caller.userId,
)
const ownRuns = orRow(hasScope('run:read'), 'own runs', (user, caller) => (user as { id: string }).id === caller.userId)

export const runPermissions: PermissionMap = {
  Query: { run: hasScope('run:read'), runs: hasScope('run:read') },
  Mutation: { startRun: hasScope('run:start'), cancelRun: hasScope('run:cancel') },
  Run: { '*': ownRun, agent: hasScope('agent:read'), version: hasScope('agent:read') },
  // Reached through a run, or through a list of runs, alone.
  RunStep: { '*': signedIn },
  RunError: { '*': signedIn },
  ...connectionPermissions('Run', signedIn),
  // A right written here would bind the field everywhere, also in the answer to a sign-in.
  User: { id: anyone, runs: ownRuns },
}
