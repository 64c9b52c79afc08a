import type { Caller } from '#platform/caller/caller'
import { connectionPermissions } from '#platform/graphql/page.permissions'
import { either, hasScope, type PermissionMap, signedIn } from '#platform/graphql/rules'
import { ownRun, runContent, visibleRuns } from '../run/run.permissions.ts'

const decider = hasScope('approval:decide')
/** Who decides sees all that there is to decide; others see the approvals of the runs that they see. */
const readers = either(decider, either(hasScope('run:read'), hasScope('run:start')))
const shown = either(decider, runContent)

/** Which approvals a caller may name or list, as a condition of the statement. */
export const visibleApprovals = (caller: Caller): object => (decider.allows(caller) ? {} : visibleRuns(caller))

export const approvalPermissions: PermissionMap = {
  Query: { approval: readers, approvals: readers },
  Mutation: { decideApproval: decider },
  // Reached through queries that give visible ones alone.
  Approval: { '*': signedIn, shown, message: shown, title: shown, form: shown, decisions: shown, run: ownRun },
  ApprovalDecision: { '*': signedIn },
  ...connectionPermissions('Approval', signedIn),
}
