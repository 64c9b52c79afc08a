import type { VisitedHouse } from '../../kit/house.ts'
import {
  asking,
  finishedRun,
  newAgent,
  newApproval,
  newConnection,
  newEgressRule,
  newSchedule,
  startRun,
} from '../../kit/house-runs.ts'
import {
  newApiKey,
  newInvitation,
  newMember,
  newOwner,
  newRole,
  type Person,
  platformOperator,
  sessionOf,
  signIn,
} from '../../kit/people.ts'
import { sharedHouse } from '../../kit/shared-house.ts'
import { waitFor } from '../../kit/wait-for.ts'

/** What organization A has, each thing by its id. */
export interface Things {
  readonly organizationId: string
  readonly memberId: string
  readonly memberToDelete: string
  readonly memberToReset: string
  /** A further one of the viewer. */
  readonly sessionId: string
  readonly roleId: string
  readonly roleToDelete: string
  readonly apiKeyId: string
  readonly invitationId: string
  readonly invitationToRevoke: string
  readonly agentId: string
  readonly agentToArchive: string
  readonly runId: string
  readonly approvalId: string
  readonly scheduleId: string
  readonly scheduleToDelete: string
  readonly egressRuleToTakeBack: string
  readonly connectionId: string
  readonly connectionToDelete: string
  readonly auditEventId: string
}

export interface TwoOrganizations {
  readonly house: VisitedHouse
  /** Of organization A: its owner and a viewer. */
  readonly owner: Person
  readonly viewer: Person
  readonly things: Things
  /** The owner of organization B. */
  readonly outsider: Person
  /** Who operates the platform that both are on. */
  readonly operator: Person
}

/** Names of A's things, made of words that stand nowhere else. */
export const canaries = {
  agent: 'Canary-agent-of-A',
  connection: 'Canary-connection-of-A',
  member: 'Canary Member',
  role: 'Canary-role-of-A',
  schedule: 'Canary-schedule-of-A',
  host: 'canary-host-of-a.example.com',
}

/** Two organizations whose people do not know each other. */
export async function foundTwoOrganizations(): Promise<TwoOrganizations> {
  const house = await sharedHouse()
  const owner = await newOwner(house, 'Organization A')
  const viewer = await newMember(house, owner, ['viewer'], canaries.member)
  const outsider = await newOwner(house, 'Organization B')
  const connectionId = await newConnection(house, owner, canaries.connection)
  const definition = asking(connectionId, '{ me { id } }', [])
  const agentId = await newAgent(house, owner, { name: canaries.agent, definition })
  const runId = await startRun(house, owner, agentId)
  await finishedRun(house, owner, runId)
  await newEgressRule(house, owner, canaries.host)
  const things = {
    organizationId: owner.organizationId,
    memberId: viewer.id,
    memberToDelete: (await newMember(house, owner, ['viewer'])).id,
    memberToReset: (await newMember(house, owner, ['viewer'])).id,
    sessionId: sessionOf(await signIn(house, viewer)),
    roleId: await newRole(house, owner, canaries.role),
    roleToDelete: await newRole(house, owner),
    apiKeyId: (await newApiKey(house, owner, ['agent:read'])).id,
    invitationId: (await newInvitation(house, owner)).id,
    invitationToRevoke: (await newInvitation(house, owner)).id,
    agentId,
    agentToArchive: await newAgent(house, owner),
    runId,
    approvalId: await newApproval(house, owner),
    scheduleId: await newSchedule(house, owner, agentId, canaries.schedule),
    scheduleToDelete: await newSchedule(house, owner, agentId),
    egressRuleToTakeBack: await newEgressRule(house, owner, 'host-to-take-back.example.com'),
    connectionId,
    connectionToDelete: await newConnection(house, owner),
    auditEventId: await firstEventOf(house, owner, runId),
  }
  return { house, owner, viewer, outsider, operator: await platformOperator(house), things }
}

/** An audit event about a thing, once there is one. @returns its id */
export const firstEventOf = (house: VisitedHouse, { token }: Person, targetId: string): Promise<string> =>
  waitFor('an audit event', async () => {
    const { auditEvents } = await house.data<{ auditEvents: { edges: { node: { id: string } }[] } }>(
      'query ($id: ID!) { auditEvents(filter: { targetId: $id }) { edges { node { id } } } }',
      { token, variables: { id: targetId } },
    )
    return auditEvents.edges[0]?.node.id
  })
