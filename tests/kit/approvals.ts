import { newId } from '#platform/id'
import { type NewApproval, requestApprovals } from '../../subgraphs/agents/approval/request-approvals.ts'
import { aCommit, aStep, claimed, newRun, type Place } from './agents.ts'

/** An approval that a run of the organization's owner waits for. */
export async function newApproval(place: Place, more: Partial<NewApproval> = {}) {
  const run = await claimed(place, (await newRun(place)).id)
  const step = aStep(run, 'sure', { kind: 'approval', status: 'WAITING', waitsFor: 'approval' })
  const approval: NewApproval = {
    ...{ id: newId(), stepId: step.id, path: 'sure', title: 'Sure?', message: null, shown: { iban: 'canary' } },
    ...{ needed: 1, roles: null, selfApproval: false, form: null, onExpiry: 'REJECT', expiresAt: null },
    ...more,
  }
  const commit = { ...aCommit({ steps: [step], leaves: 'parked' }), approvals: [approval] }
  await requestApprovals(place.system(), run, commit)
  return { runId: run.runId, run, commit, id: approval.id }
}
