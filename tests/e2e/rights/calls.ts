import { newId } from '#platform/id'
import { asking } from '../../kit/house-runs.ts'
import { invite, newMember, newPasswordResetToken, type Person, signIn } from '../../kit/people.ts'
import { canaries, type Things, type TwoOrganizations } from './two-organizations.ts'

/** How a field is called. */
export interface Call {
  /** What of organization A it names, if it names a thing. */
  readonly aim?: keyof Things
  /** Of the whole platform, not of an organization: no tenant's role reaches it. */
  readonly ofPlatform?: true
  /** It ends the session that it is asked in: the caller signs in anew. */
  readonly endsSession?: true
  /** The rule lets in everybody, and reaches only what is one’s own: what a viewer is answered about this thing. */
  readonly ofOthers?: 'NOT_FOUND' | 'FORBIDDEN'
  /** What it answers somebody whom the rule lets in, when that is a refusal of what they bring. */
  readonly refusal?: (caller: Person | undefined) => string | undefined
  /** Variables that make sense, `id` being that thing's, or another's. */
  readonly variables?: (id: string, place: TwoOrganizations, caller: Person | undefined) => object | Promise<object>
}

const byId = (aim: keyof Things): Call => ({ aim, variables: (id) => ({ id }) })
const input = (fields: object) => ({ input: fields })
const newAddress = () => `${newId()}@example.com`

const refused = (code: string): Call => ({ refusal: () => code })
const withoutSignIn = (caller: Person | undefined) => (caller === undefined ? 'UNAUTHENTICATED' : undefined)
const challengeToken = 'a token that nobody was given'
const totpCode = '000000'

/** Every query, mutation and subscription of the API. */
export const calls: Readonly<Record<string, Call>> = {
  'Query.viewer': {},
  'Query.me': {},
  'Query.explainAccess': { variables: () => input({ operation: '{ me { id } }' }) },
  'Query.roles': {},
  'Query.apiKeys': {},
  'Query.mfa': {},
  'Query.passkeys': {},
  'Query.user': byId('memberId'),
  'Query.users': {},
  'Query.invitations': {},
  'Query.sessions': {},
  'Query.agent': byId('agentId'),
  'Query.agents': {},
  'Query.run': byId('runId'),
  'Query.runs': {},
  'Query.approval': byId('approvalId'),
  'Query.approvals': {},
  'Query.schedule': byId('scheduleId'),
  'Query.schedules': {},
  'Query.deadLetters': { ofPlatform: true },
  'Query.runPolicy': {},
  'Query.connection': byId('connectionId'),
  'Query.connections': {},
  'Query.connector': { variables: () => ({ key: 'http' }) },
  'Query.connectors': {},
  'Query.auditEvent': byId('auditEventId'),
  'Query.auditEvents': {},

  'Subscription.runEvents': { aim: 'runId', variables: (runId) => ({ runId }) },
  'Subscription.auditEvents': { variables: () => ({ afterSeq: 0 }) },

  'Mutation.bootstrapOwner': {
    refusal: () => 'BOOTSTRAP_REFUSED',
    variables: () =>
      input({
        ...{ token: 'A'.repeat(43), email: newAddress(), name: 'Somebody', organizationName: 'Elsewhere' },
        password: 'a password that is long enough',
      }),
  },
  'Mutation.login': {
    variables: (_id, { viewer }, caller = viewer) => input({ email: caller.email, password: caller.password }),
  },
  'Mutation.refreshSession': {
    variables: async (_id, { house, viewer }, caller = viewer) =>
      input({ refreshToken: (await signIn(house, caller)).refreshToken }),
  },
  'Mutation.switchOrganization': { aim: 'organizationId', variables: (id) => input({ organizationId: id }) },
  'Mutation.logout': { endsSession: true },
  'Mutation.logoutEverywhere': { endsSession: true },
  'Mutation.revokeSession': { aim: 'sessionId', variables: (id) => input({ sessionId: id }) },
  'Mutation.inviteUser': { variables: () => input({ email: newAddress(), roles: ['viewer'] }) },
  'Mutation.acceptInvitation': {
    variables: async (_id, { house, owner }) => {
      const token = await invite(house, owner, ['viewer'], newAddress())
      return input({ token, name: 'New Member', password: 'a password that is long enough' })
    },
  },
  'Mutation.revokeInvitation': { aim: 'invitationToRevoke', variables: (id) => input({ invitationId: id }) },
  'Mutation.changePassword': {
    variables: (_id, { viewer }, { password } = viewer) => input({ currentPassword: password, newPassword: password }),
  },
  'Mutation.requestPasswordReset': { variables: () => input({ email: newAddress() }) },
  'Mutation.resetPassword': {
    variables: async (_id, { house, owner }) => {
      const member = await newMember(house, owner, ['viewer'])
      const token = await newPasswordResetToken(house, owner, member.id)
      return input({ token, newPassword: 'a password that is long enough' })
    },
  },
  'Mutation.createPasswordResetLink': { aim: 'memberId', variables: (id) => input({ userId: id }) },
  'Mutation.updateUser': { aim: 'memberId', variables: (id) => input({ userId: id, name: canaries.member }) },
  'Mutation.deactivateUser': { aim: 'memberToDelete', variables: (id) => input({ userId: id }) },
  'Mutation.reactivateUser': { aim: 'memberToDelete', variables: (id) => input({ userId: id }) },
  'Mutation.deleteUser': { aim: 'memberToDelete', ofOthers: 'FORBIDDEN', variables: (id) => input({ userId: id }) },
  'Mutation.assignRole': { aim: 'memberId', variables: (id) => input({ userId: id, role: 'auditor' }) },
  'Mutation.revokeRole': { aim: 'memberId', variables: (id) => input({ userId: id, role: 'auditor' }) },

  'Mutation.createRole': {
    variables: () => input({ name: `Role ${newId().slice(-12)}`, description: '', scopes: ['agent:read'] }),
  },
  'Mutation.updateRole': { aim: 'roleId', variables: (id) => input({ roleId: id, scopes: ['agent:read'] }) },
  'Mutation.deleteRole': { aim: 'roleToDelete', variables: (id) => input({ roleId: id }) },

  'Mutation.createServiceAccount': { variables: () => input({ name: 'Service', roles: ['viewer'] }) },
  'Mutation.createApiKey': { variables: () => input({ name: 'Key', scopes: ['agent:read'] }) },
  'Mutation.revokeApiKey': { aim: 'apiKeyId', ofOthers: 'NOT_FOUND', variables: (id) => input({ apiKeyId: id }) },

  // Whoever has a second factor signs in with it: here nobody gets one. subgraphs/identity/factor tells the rest.
  'Mutation.completeLogin': { ...refused('CHALLENGE_INVALID'), variables: () => input({ challengeToken, totpCode }) },
  'Mutation.startPasskeyLogin': {},
  'Mutation.startReauthentication': {},
  'Mutation.reauthenticate': {
    endsSession: true,
    variables: (_id, { viewer }, caller = viewer) => input({ password: caller.password }),
  },
  'Mutation.enrollTotp': { refusal: withoutSignIn, variables: () => input({}) },
  'Mutation.confirmTotp': {
    refusal: (caller) => withoutSignIn(caller) ?? 'FACTOR_REFUSED',
    variables: () => input({ code: totpCode }),
  },
  'Mutation.disableTotp': { ...refused('NOT_FOUND'), variables: () => input({}) },
  'Mutation.regenerateRecoveryCodes': refused('CONFLICT'),
  'Mutation.startPasskeyRegistration': { refusal: withoutSignIn, variables: () => input({}) },
  'Mutation.finishPasskeyRegistration': {
    ...refused('CHALLENGE_INVALID'),
    variables: () => input({ challengeToken, response: {}, name: 'Laptop' }),
  },
  'Mutation.deletePasskey': { ...refused('NOT_FOUND'), variables: () => input({ passkeyId: newId() }) },
  'Mutation.resetFactors': { aim: 'memberToReset', variables: (id) => input({ userId: id }) },
  'Mutation.updateOrganization': { variables: () => input({ mfaRequiredRoles: null }) },

  'Mutation.createAgent': { variables: () => input({ name: `Agent ${newId()}` }) },
  'Mutation.publishAgentVersion': {
    aim: 'agentId',
    variables: (id, { things }) => input({ agentId: id, definition: asking(things.connectionId, '{ me { id } }', []) }),
  },
  'Mutation.archiveAgent': { aim: 'agentToArchive', variables: (id) => input({ agentId: id }) },
  'Mutation.startRun': { aim: 'agentId', variables: (id) => input({ agentId: id }) },
  'Mutation.replayRun': { aim: 'runId', variables: (id) => input({ runId: id }) },
  'Mutation.forkRun': { aim: 'runId', variables: (id) => input({ runId: id, fromStep: 'ask' }) },
  'Mutation.updateRunPolicy': { variables: () => input({ concurrency: 50 }) },
  'Mutation.cancelRun': { aim: 'runId', variables: (id) => input({ runId: id }) },
  'Mutation.redriveDeadLetters': { ofPlatform: true, variables: () => input({ all: true }) },

  'Mutation.sendEvent': { variables: () => input({ name: 'order.paid', key: newId() }) },
  'Mutation.decideApproval': {
    aim: 'approvalId',
    // Who may decide is told that this approval has no form: so it stays undecided for those who come after.
    refusal: () => 'BAD_USER_INPUT',
    variables: (id) => input({ approvalId: id, decision: 'APPROVE', form: { none: true } }),
  },
  'Mutation.createSchedule': {
    aim: 'agentId',
    variables: (id) => input({ agentId: id, name: 'Nightly', cron: '0 0 1 1 *' }),
  },
  'Mutation.updateSchedule': { aim: 'scheduleId', variables: (id) => input({ scheduleId: id, enabled: true }) },
  'Mutation.deleteSchedule': { aim: 'scheduleToDelete', variables: (id) => input({ scheduleId: id }) },

  'Mutation.createConnection': { variables: () => input({ connector: 'forgeops', name: `Platform ${newId()}` }) },
  'Mutation.testConnection': { aim: 'connectionId', variables: (id) => input({ connectionId: id }) },
  'Query.egressRules': {},
  'Mutation.allowEgress': { variables: () => input({ host: `${newId()}.example.com`, port: 8080 }) },
  'Mutation.disallowEgress': { aim: 'egressRuleToTakeBack', variables: (id) => input({ egressRuleId: id }) },
  'Mutation.deleteConnection': { aim: 'connectionToDelete', variables: (id) => input({ connectionId: id }) },
}
