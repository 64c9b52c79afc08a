import 'reflect-metadata'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anonymousCaller, type Caller } from '#platform/caller/caller'
import { federate } from '#platform/graphql/federate'
import { authenticationTag } from '#platform/graphql/once-per-operation'
import { taggedFields } from '#platform/graphql/tagged-fields'
import { newId } from '#platform/id'
import { answerNotKeptTag } from '#platform/idempotency/once-by-key'
import { subgraphs } from '../../scripts/subgraphs.ts'
import { setRunAside } from '../../subgraphs/agents/dead-letter/set-run-aside.ts'
import { createSchedule } from '../../subgraphs/agents/schedule/create-schedule.ts'
import { createApiKey } from '../../subgraphs/identity/api-key/create-api-key.ts'
import { identityConfig } from '../../subgraphs/identity/config.ts'
import { createRole } from '../../subgraphs/identity/role/create-role.ts'
import { logIn } from '../../subgraphs/identity/session/log-in.ts'
import { identity } from '../../subgraphs/identity/subgraph.ts'
import { acceptInvitation } from '../../subgraphs/identity/user/accept-invitation.ts'
import { inviteUser } from '../../subgraphs/identity/user/invite-user.ts'
import { allowEgress } from '../../subgraphs/integrations/egress-rule/allow-egress.ts'
import { claimed, newAgent, newRun, openAgents, type Place, smallDefinition, storedStep } from '../kit/agents.ts'
import { newApproval } from '../kit/approvals.ts'
import { httpInput, openIntegrations } from '../kit/connections.ts'
import { memberCaller, newOrganization, password } from '../kit/organizations.ts'
import { openSubgraph } from '../kit/subgraph.ts'

const opened = async () => ({
  identity: await openSubgraph(identity, identityConfig),
  agents: await openAgents(),
  integrations: await openIntegrations(),
})
let open: Awaited<ReturnType<typeof opened>>
beforeAll(async () => {
  open = await opened()
})
afterAll(() => Promise.all(Object.values(open).map((subgraph) => subgraph.close())))

interface Case {
  readonly by: Caller
  readonly input?: object
}
type Cases = Record<string, readonly [selection: string, prepare: () => Promise<Case>]>

const people = async () => {
  const { caller } = await newOrganization(open.identity.ctxFor)
  const email = `member-${newId()}@example.com`
  const { token, id: invitationId } = await inviteUser(open.identity.ctxFor(caller), { email, roles: ['viewer'] })
  return { caller, email, token: token ?? '', invitationId }
}
const member = async () => {
  const { caller, email, token } = await people()
  const user = await acceptInvitation(open.identity.ctxFor(anonymousCaller(null)), { token, name: 'Mia', password })
  return { caller, email, userId: user.id }
}
const role = async () => {
  const { caller } = await newOrganization(open.identity.ctxFor)
  const input = { name: 'Reader', description: '', scopes: ['agent:read'] }
  return { caller, input, roleId: (await createRole(open.identity.ctxFor(caller), input)).id }
}
const place = (): Place => {
  const organizationId = newId()
  const owner = memberCaller(organizationId, ['owner'])
  const owning = () => open.agents.ctxFor(owner)
  return { organizationId, owner, viewer: owner, owning, system: owning }
}
const onUser = async () => {
  const { caller, userId } = await member()
  return { by: caller, input: { userId } }
}
const connection = async () => {
  const by = memberCaller(newId(), ['owner'])
  const input = httpInput('https://api.example.com/')
  const query = 'mutation ($input: CreateConnectionInput!) { createConnection(input: $input) { id } }'
  const { data } = await open.integrations.ask(by, query, { input })
  return { by, input: { connectionId: (data?.createConnection as { id: string } | undefined)?.id } }
}

const onSchedule = async (more: object = {}) => {
  const there = place()
  const { id: agentId } = await newAgent(there)
  const { id } = await createSchedule(there.owning(), { agentId, name: 'Nightly', cron: '0 0 1 1 *', input: { n: 1 } })
  return { by: there.owner, input: { scheduleId: id, ...more } }
}

const user = '{ id name kind createdAt status roles }'
const roleFields = '{ id name description system scopes }'
const agent = '{ id name description createdAt archivedAt publishedVersion { number } }'
const run = '{ id status input queuedAt finishedAt agent { id } startedBy { id } }'
const schedule =
  '{ id name cron timeZone input overlap catchUpWindow pauseOnFailure enabled paused { code } lastFireAt firesBuffered createdAt agent { id } owner { id } lastRun { id } nextFireTimes }'
const egressRule = '{ id host port note createdAt }'
const connectionFields =
  '{ id name config status statusReason createdAt lastTestedAt createdBy { id } connector { key } }'

/** Every mutation whose answer is kept, and how to come to ask it for something. */
const kept: Record<'identity' | 'agents' | 'integrations', Cases> = {
  identity: {
    revokeApiKey: [
      '{ id name prefix scopes expiresAt revokedAt owner { id } }',
      async () => {
        const { caller } = await newOrganization(open.identity.ctxFor)
        const fields = { name: 'Deploy', scopes: ['agent:read'], rateLimitPerMinute: 60 }
        return { by: caller, input: { apiKeyId: (await createApiKey(open.identity.ctxFor(caller), fields)).row.id } }
      },
    ],
    resetFactors: [user, onUser],
    updateOrganization: [
      '{ id name createdAt mfaRequiredRoles }',
      async () => ({ by: (await people()).caller, input: { name: 'Other' } }),
    ],
    createRole: [
      roleFields,
      async () => ({ by: (await people()).caller, input: { name: 'Reader', description: '', scopes: ['agent:read'] } }),
    ],
    updateRole: [
      roleFields,
      async () => {
        const { caller, roleId } = await role()
        return { by: caller, input: { roleId, name: 'Renamed' } }
      },
    ],
    deleteRole: [
      roleFields,
      async () => {
        const { caller, roleId } = await role()
        return { by: caller, input: { roleId } }
      },
    ],
    assignRole: [
      user,
      async () => {
        const { caller, userId } = await member()
        return { by: caller, input: { userId, role: 'auditor' } }
      },
    ],
    revokeRole: [
      user,
      async () => {
        const { caller, userId } = await member()
        return { by: caller, input: { userId, role: 'viewer' } }
      },
    ],
    createServiceAccount: [
      user,
      async () => ({ by: (await people()).caller, input: { name: 'Robot', roles: ['viewer'] } }),
    ],
    logout: ['', async () => ({ by: (await people()).caller })],
    revokeSession: [
      '{ id methods createdAt expiresAt endedAt isCurrent }',
      async () => {
        const { caller, email, userId } = await member()
        await logIn(open.identity.ctxFor(anonymousCaller(null)), { email, password })
        const { data } = await open.identity.ask(
          caller,
          'query ($userId: ID) { sessions(userId: $userId) { edges { node { id } } } }',
          { userId },
        )
        const sessions = data?.sessions as { edges: { node: { id: string } }[] } | undefined
        return { by: caller, input: { sessionId: sessions?.edges[0]?.node.id } }
      },
    ],
    revokeInvitation: [
      '{ id email roles expiresAt token }',
      async () => {
        const { caller, invitationId } = await people()
        return { by: caller, input: { invitationId } }
      },
    ],
    updateUser: [
      user,
      async () => {
        const { caller, userId } = await member()
        return { by: caller, input: { userId, name: 'Renamed' } }
      },
    ],
    deactivateUser: [user, onUser],
    reactivateUser: [user, onUser],
  },
  agents: {
    createAgent: [agent, async () => ({ by: place().owner, input: { name: 'Digest', description: '' } })],
    publishAgentVersion: [
      agent,
      async () => {
        const there = place()
        const { id: agentId } = await newAgent(there)
        return { by: there.owner, input: { agentId, definition: smallDefinition() } }
      },
    ],
    archiveAgent: [
      agent,
      async () => {
        const there = place()
        return { by: there.owner, input: { agentId: (await newAgent(there)).id } }
      },
    ],
    startRun: [
      run,
      async () => {
        const there = place()
        return {
          by: there.owner,
          input: { agentId: (await newAgent(there)).id, input: { when: '2026-01-01T00:00:00.000Z' } },
        }
      },
    ],
    updateRunPolicy: [
      '{ concurrency steps tokens cost duration }',
      async () => ({ by: place().owner, input: { concurrency: 7, duration: '1h30m' } }),
    ],
    decideApproval: [
      '{ id status settledAt decisions { decision comment decidedAt } }',
      async () => {
        const there = place()
        const { id } = await newApproval(there)
        return { by: memberCaller(there.organizationId, ['owner']), input: { approvalId: id, decision: 'APPROVE' } }
      },
    ],
    sendEvent: [
      '{ id name key sentAt expiresAt }',
      async () => ({ by: place().owner, input: { name: 'paid', key: '4711', data: { amount: 3 } } }),
    ],
    redriveDeadLetters: [
      '{ redriven remaining }',
      async () => {
        const there = place()
        await setRunAside(there.system(), { ...(await claimed(there, (await newRun(there)).id)), ownersLost: 3 })
        return { by: { ...there.owner, scopes: ['ops:redrive'] }, input: { all: true } }
      },
    ],
    replayRun: [
      run,
      async () => {
        const there = place()
        return { by: there.owner, input: { runId: (await newRun(there)).id } }
      },
    ],
    forkRun: [
      run,
      async () => {
        const there = place()
        const begun = await claimed(there, (await newRun(there)).id)
        await storedStep(there, begun, 'greeting', 'Hello')
        return { by: there.owner, input: { runId: begun.runId, fromStep: 'greeting' } }
      },
    ],
    cancelRun: [
      run,
      async () => {
        const there = place()
        return { by: there.owner, input: { runId: (await newRun(there)).id } }
      },
    ],
    createSchedule: [
      schedule,
      async () => {
        const there = place()
        return { by: there.owner, input: { agentId: (await newAgent(there)).id, name: 'Nightly', cron: '0 0 1 1 *' } }
      },
    ],
    updateSchedule: [schedule, () => onSchedule({ cron: '0 0 2 1 *', enabled: true })],
    deleteSchedule: [schedule, () => onSchedule()],
  },
  integrations: {
    createConnection: [
      connectionFields,
      async () => ({ by: memberCaller(newId(), ['owner']), input: httpInput('https://api.example.com/') }),
    ],
    testConnection: [connectionFields, connection],
    deleteConnection: [connectionFields, connection],
    allowEgress: [
      egressRule,
      async () => ({ by: memberCaller(newId(), ['owner']), input: { host: 'build.internal', port: 8080 } }),
    ],
    disallowEgress: [
      egressRule,
      async () => {
        const by = memberCaller(newId(), ['owner'])
        const { id } = await allowEgress(open.integrations.ctxFor(by), { host: 'build.internal', port: 8080, note: '' })
        return { by, input: { egressRuleId: id } }
      },
    ],
  },
}

/** Done by several writes, none of which answers it: done again, they find nothing more to do. */
const doneAgain = ['Mutation.logoutEverywhere']

/** What a mutation whose answer is not kept needs. */
const notKept: Cases = {
  createApiKey: [
    '{ id key }',
    async () => ({ by: (await people()).caller, input: { name: 'Deploy', scopes: ['agent:read'] } }),
  ],
  enrollTotp: ['{ secret }', async () => ({ by: (await people()).caller, input: {} })],
  startPasskeyRegistration: ['{ challengeToken }', async () => ({ by: (await people()).caller, input: {} })],
  inviteUser: [
    '{ id token }',
    async () => ({ by: (await people()).caller, input: { email: `m-${newId()}@example.com`, roles: ['viewer'] } }),
  ],
  createPasswordResetLink: ['{ token }', onUser],
  deleteUser: ['{ id name }', onUser],
}

const documentOf = (name: string, selection: string, input: object | undefined) => {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`
  return input === undefined
    ? `mutation { ${name} ${selection} }`
    : `mutation ($input: ${type}!) { ${name}(input: $input) ${selection} }`
}

async function twice(subgraph: keyof typeof kept, name: string, selection: string, { by, input }: Case) {
  const { ask, db } = open[subgraph]
  const key = newId()
  const document = documentOf(name, selection, input)
  const inOrganization = <T extends object>(sql: string) =>
    db.orm.em.fork().transactional(async (em) => {
      await em.execute(`select set_config('app.organization_id', ?, true)`, [by.organizationId])
      return em.execute<T[]>(sql)
    })
  const told = () => inOrganization(`select id from ${subgraph}.outbox`)
  const first = await ask(by, document, { input }, key)
  const before = await told()
  const again = await ask(by, document, { input }, key)
  const rows = await inOrganization<{ answer: object | null }>(`select answer from ${subgraph}.kept_answer`)
  return { first, again, rows, records: (await told()).length - before.length }
}

describe.each(Object.entries(kept))('%s', (subgraph, cases) => {
  test.each(Object.entries(cases))(
    '%s, sent again, is answered as it was, and not done again',
    async (name, [selection, prepare]) => {
      const { first, again, rows, records } = await twice(
        subgraph as keyof typeof kept,
        name,
        selection,
        await prepare(),
      )
      expect(first.errors).toBeUndefined()
      expect(again).toEqual(first)
      expect(rows).toMatchObject([{ answer: { dates: expect.any(Array) } }])
      expect(records).toBe(0)
    },
  )
})

test.each(Object.entries(notKept))(
  '%s, sent again, is not done again, and what it answered is nowhere',
  async (name, [selection, prepare]) => {
    const { first, again, rows, records } = await twice('identity', name, selection, await prepare())
    expect(first.errors).toBeUndefined()
    expect(again.errors?.map((error) => error.extensions.code)).toEqual(['IDEMPOTENT_ANSWER_NOT_KEPT'])
    expect(rows).toEqual([{ answer: null }])
    expect(records).toBe(0)
  },
)

test('of a user who was erased no kept answer tells', async () => {
  const { caller, userId } = await member()
  const rename = documentOf('updateUser', '{ name }', {})
  await open.identity.ask(caller, rename, { input: { userId, name: 'Renamed' } }, newId())
  await open.identity.ask(caller, documentOf('deleteUser', '{ id }', {}), { input: { userId } })
  const rows = await open.identity.db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [caller.organizationId])
    return em.execute('select answer from identity.kept_answer')
  })
  expect(rows).toEqual([{ answer: null }])
})

test('of a row no column is kept that holds a secret, its hash or its sealed form', () => {
  const answered = ['ApiKey', 'Session', 'Invitation', 'User', 'Organization', 'Agent', 'Run', 'Connection']
  const columns = Object.values(open).flatMap(({ db }) =>
    [...db.orm.getMetadata().getAll().values()]
      .filter(({ className }) => answered.includes(className))
      .flatMap(({ className, props }) => props.map(({ name, hidden }) => ({ name: `${className}.${name}`, hidden }))),
  )
  const secret = columns.filter(({ name }) => /hash|secret|sealed|token(?!s$)|challenge/i.test(name))
  expect(secret.length).toBeGreaterThan(4)
  expect(secret.filter(({ hidden }) => hidden !== true)).toEqual([])
})

test('every mutation that may be kept is tried here', async () => {
  const named = Object.values(kept).flatMap((cases) => Object.keys(cases).map((name) => `Mutation.${name}`))
  const all = await Promise.all(
    subgraphs.map(async (subgraph) => {
      const { schema } = await federate(subgraph)
      const left = [...taggedFields(schema, authenticationTag), ...taggedFields(schema, answerNotKeptTag)]
      const names = Object.keys(schema.getMutationType()?.getFields() ?? {}).map((name) => `Mutation.${name}`)
      return names.filter((name) => !left.includes(name))
    }),
  )
  expect([...named, ...doneAgain].sort()).toEqual(all.flat().sort())
})
