import { beforeAll, describe, expect, test } from 'vitest'
import { ruleFor } from '#platform/graphql/guard'
import { newId } from '#platform/id'
import { subgraphs } from '../../scripts/subgraphs.ts'
import { scopesOf } from '../../subgraphs/identity/role/system-roles.ts'
import type { EdgeAnswer } from '../kit/edge.ts'
import { asking, finishedRun, newAgent, newConnection, startRun } from '../kit/house-runs.ts'
import { clientSchema, operationOn, type RootField, rootFields } from '../kit/operations.ts'
import { type Person, signIn } from '../kit/people.ts'
import { firstEvent, toldEvents } from '../kit/told-events.ts'
import { calls } from './rights/calls.ts'
import { canaries, firstEventOf, foundTwoOrganizations, type TwoOrganizations } from './rights/two-organizations.ts'

const schema = clientSchema()
const fields = rootFields(schema)

let place: TwoOrganizations
beforeAll(async () => {
  place = await foundTwoOrganizations()
})

/** Of those who had to sign in again, because what was asked ended their session or changed their rights. */
const tokens = new Map<string, string>()
const tokenOf = (person: Person | undefined) =>
  person === undefined ? undefined : (tokens.get(person.id) ?? person.token)
/** The person, with the token of now. */
const now = (person: Person): Person => ({ ...person, token: tokenOf(person) ?? '' })
const signInAnew = async (person: Person) => tokens.set(person.id, (await signIn(place.house, person)).token)

async function ask(field: RootField, person: Person | undefined, id: string): Promise<EdgeAnswer> {
  const call = calls[field.name]
  const asked = async () => {
    const here = { ...place, owner: now(place.owner), viewer: now(place.viewer), outsider: now(place.outsider) }
    const variables = { ...(await call?.variables?.(id, here, person)) }
    const asking = { variables, token: tokenOf(person) }
    const operation = operationOn(schema, field, 2)
    return field.root === 'Subscription'
      ? firstEvent(place.house, operation, asking)
      : place.house.ask(operation, asking)
  }
  const answer = await asked()
  if (person === undefined) return answer
  if (call?.endsSession === true) await signInAnew(person)
  if (!answer.text.includes('The access token was revoked.')) return answer
  await signInAnew(person)
  return asked()
}

/** What came of a root field: the code of its refusal, or ALLOWED. */
function outcome({ field }: RootField, { body, text }: EdgeAnswer): string {
  const refusal = body.errors?.find(({ path = [] }) => path.length <= 1)
  if (refusal !== undefined) return refusal.extensions.code
  return body.data?.[field.name] == null ? text : 'ALLOWED'
}

/** What a field answers: what the rights say, unless what the caller brings is refused. */
const expected = (field: RootField, role: string | undefined): string => {
  const allowed = allowedBy(field, role)
  if (allowed !== 'ALLOWED') return allowed
  return calls[field.name]?.refusal?.(role === undefined ? undefined : place.owner) ?? allowed
}

/** What the permission maps and the roles say of a field, for callers to whom its thing belongs. */
function allowedBy({ root, field, name }: RootField, role: string | undefined): string {
  const ofOthers = role === 'viewer' ? calls[name]?.ofOthers : undefined
  if (ofOthers !== undefined) return ofOthers
  const [rule] = subgraphs.flatMap(({ permissions }) => ruleFor(permissions, root, field.name) ?? [])
  if (rule === undefined) throw new Error(`No permission map names ${name}.`)
  if (rule.necessary.kind === 'nothing') return 'ALLOWED'
  if (role === undefined) return 'UNAUTHENTICATED'
  if (rule.necessary.kind === 'authenticated') return 'ALLOWED'
  const scopes = scopesOf([role], newId())
  return rule.necessary.anyOf.some((scope) => scopes.includes(scope)) ? 'ALLOWED' : 'UNAUTHORIZED_FIELD_OR_TYPE'
}
const namesOf = (some: readonly RootField[]) => some.map(({ name }) => name).sort()

test('every query, mutation and subscription of the API is walked', () => {
  expect(Object.keys(calls).sort()).toEqual(namesOf(fields))
})

describe.each(fields)('$name', (field) => {
  const { aim } = calls[field.name] ?? {}
  const id = () => (aim === undefined ? '' : place.things[aim])

  test('answers nobody who is not signed in, but to sign in', async () => {
    expect(outcome(field, await ask(field, undefined, id()))).toBe(expected(field, undefined))
  })

  if (aim === undefined)
    test('answers the owner of another organization, in their own', async () => {
      expect(outcome(field, await ask(field, place.outsider, ''))).toBe(expected(field, 'owner'))
    })
  else
    test('tells the owner of another organization nothing, not even that there is something', async () => {
      const foreign = await ask(field, place.outsider, id())
      expect(outcome(field, foreign)).toBe('NOT_FOUND')
      expect(foreign.text).toBe((await ask(field, place.outsider, newId())).text)
    })

  test('answers a viewer as far as the role reaches', async () => {
    expect(outcome(field, await ask(field, place.viewer, id()))).toBe(expected(field, 'viewer'))
  })

  // Last: what the owner changes is then no more what the others met.
  if (calls[field.name]?.ofPlatform === true)
    test('answers who operates the platform, and no owner of an organization', async () => {
      expect(outcome(field, await ask(field, place.owner, ''))).toBe('UNAUTHORIZED_FIELD_OR_TYPE')
      expect(outcome(field, await ask(field, place.operator, ''))).toBe('ALLOWED')
    })
  else
    test('answers the owner', async () => {
      expect(allowedBy(field, 'owner')).toBe('ALLOWED')
      expect(outcome(field, await ask(field, place.owner, id()))).toBe(expected(field, 'owner'))
    })
})

test('without a token one can only sign in', () => {
  const open = fields.filter((field) => allowedBy(field, undefined) === 'ALLOWED')
  expect(namesOf(open)).toEqual([
    'Mutation.acceptInvitation',
    'Mutation.bootstrapOwner',
    'Mutation.completeLogin',
    'Mutation.confirmTotp',
    'Mutation.enrollTotp',
    'Mutation.finishPasskeyRegistration',
    'Mutation.login',
    'Mutation.refreshSession',
    'Mutation.requestPasswordReset',
    'Mutation.resetPassword',
    'Mutation.startPasskeyLogin',
    'Mutation.startPasskeyRegistration',
  ])
})

test('a viewer changes nothing but their own account, password, factors and sessions', () => {
  const allowed = fields.filter((field) => field.root === 'Mutation' && allowedBy(field, 'viewer') === 'ALLOWED')
  expect(namesOf(allowed)).toEqual([
    'Mutation.acceptInvitation',
    'Mutation.bootstrapOwner',
    'Mutation.changePassword',
    'Mutation.completeLogin',
    'Mutation.confirmTotp',
    'Mutation.deletePasskey',
    'Mutation.disableTotp',
    'Mutation.enrollTotp',
    'Mutation.finishPasskeyRegistration',
    'Mutation.login',
    'Mutation.logout',
    'Mutation.logoutEverywhere',
    'Mutation.reauthenticate',
    'Mutation.refreshSession',
    'Mutation.regenerateRecoveryCodes',
    'Mutation.requestPasswordReset',
    'Mutation.resetPassword',
    'Mutation.revokeSession',
    'Mutation.startPasskeyLogin',
    'Mutation.startPasskeyRegistration',
    'Mutation.startReauthentication',
    'Mutation.switchOrganization',
    'Mutation.updateUser',
  ])
})

test('somebody who is not signed in learns the type name, and no more of the schema', async () => {
  const { house } = place
  expect((await house.ask('{ __typename }')).body).toEqual({ data: { __typename: 'Query' } })
  expect((await house.ask('{ __schema { types { name } } }')).body.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
})

test.each(['_entities(representations: []) { __typename }', '_service { sdl }'])(
  'the gateway has no %s: entities are reached through fields only',
  async (selection) => {
    const { status, body } = await place.house.ask(`{ ${selection} }`, { token: tokenOf(place.owner) })
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT'])
  },
)

describe('what explainAccess tells', () => {
  const question = `query ($input: ExplainAccessInput!) {
    explainAccess(input: $input) { fields { path decision } }
  }`
  interface Told {
    readonly explainAccess: { readonly fields: readonly { readonly path: string[]; readonly decision: string }[] }
  }
  const queries = fields.filter(({ root }) => root === 'Query')

  test.each(['viewer', 'owner'] as const)('a %s is what then becomes of each field of each query', async (who) => {
    const person = now(place[who])
    const seen = { denied: 0, answered: 0 }
    for (const field of queries) {
      const call = calls[field.name]
      const operation = operationOn(schema, field, 4)
      const asked = { token: person.token, variables: { input: { operation } } }
      const { explainAccess } = await place.house.data<Told>(question, asked)
      const decided = (decision: string) =>
        new Set(explainAccess.fields.filter((each) => each.decision === decision).map(({ path }) => path.join('.')))
      const denied = decided('DENIED')
      // Of what is denied together, the edge names the outermost.
      const outermost = [...denied].filter((path) => !denied.has(path.split('.').slice(0, -1).join('.')))

      const variables = { ...(await call?.variables?.(call.aim ? place.things[call.aim] : '', place, person)) }
      const { errors = [] } = (await place.house.ask(operation, { variables, token: person.token })).body
      const refused = (code: string) => [
        ...new Set(
          errors
            .filter(({ extensions }) => extensions.code === code)
            .map(({ path = [] }) => path.filter((key) => typeof key === 'string').join('.')),
        ),
      ]
      expect(refused('UNAUTHORIZED_FIELD_OR_TYPE').sort(), operation).toEqual(outermost.sort())
      expect(refused('FORBIDDEN').filter((path) => !decided('DEPENDS_ON_ROW').has(path))).toEqual([])
      seen.denied += outermost.length
      seen.answered += decided('ALLOWED').size
    }
    expect(seen.answered).toBeGreaterThan(100)
    if (who === 'viewer') expect(seen.denied).toBeGreaterThan(5)
  })
})

describe('across two organizations', () => {
  let own: { agentId: string; runId: string }
  beforeAll(async () => {
    const { house, things } = place
    const outsider = now(place.outsider)
    // B's agent names A's connection, as somebody might who has learnt its id.
    const definition = asking(things.connectionId, '{ me { id } }', [])
    const agentId = await newAgent(house, outsider, { name: 'Own agent of B', definition })
    own = { agentId, runId: await startRun(house, outsider, agentId) }
    await newConnection(house, outsider)
    await firstEventOf(house, outsider, own.runId)
  })

  /** What of A stands in a text. B's own definition holds the id of A's connection, which B knows. */
  function foundOfA(text: string): string[] {
    const { owner, viewer, things } = place
    const { organizationId, agentId, runId, auditEventId, memberId, invitationId } = things
    const ids = [organizationId, agentId, runId, auditEventId, memberId, invitationId, owner.id]
    return [...Object.values(canaries), ...ids, owner.email, viewer.email].filter((each) => text.includes(each))
  }
  const askDeeply = (field: RootField, person: Person) =>
    place.house.ask(operationOn(schema, field, 7), {
      variables: { key: 'http', first: 100, input: { operation: '{ me { id } }' } },
      token: tokenOf(person),
    })

  const queries = fields.filter(
    ({ root, name }) => root === 'Query' && calls[name]?.aim === undefined && calls[name]?.ofPlatform !== true,
  )
  const ofEverybody = ['Query.connector', 'Query.connectors', 'Query.explainAccess']
  /** Numbers, and what the caller has none of here. */
  const ofOneself = ['Query.runPolicy', 'Query.mfa', 'Query.passkeys']

  test.each(queries)('$name shows the owner of B nothing of A, however deep they ask', async (field) => {
    const answer = await askDeeply(field, place.outsider)
    expect(answer.body.errors).toBeUndefined()
    expect(foundOfA(answer.text)).toEqual([])
  })

  test.each(queries.filter(({ name }) => ![...ofEverybody, ...ofOneself].includes(name)))(
    '$name would show it: the owner of A sees it there',
    async (field) => {
      const answer = await askDeeply(field, place.owner)
      expect(answer.body.errors).toBeUndefined()
      expect(foundOfA(answer.text)).not.toEqual([])
    },
  )

  test('the trail that the owner of B follows from its beginning holds nothing of A, whose owner finds it in theirs', async () => {
    const [field] = fields.filter(({ name }) => name === 'Subscription.auditEvents')
    if (field === undefined) throw new Error('There is no such subscription.')
    const seqOf = ({ body }: EdgeAnswer) => (body.data?.auditEvents as { seq: number } | undefined)?.seq
    const follow = async (person: Person) => {
      const asking = { token: tokenOf(person) }
      const newest = '{ auditEvents(first: 1) { edges { node { seq } } } }'
      type Trail = { auditEvents: { edges: { node: { seq: number } }[] } }
      const head = (await place.house.data<Trail>(newest, asking)).auditEvents.edges[0]?.node.seq
      const isLast = (answer: EdgeAnswer) => seqOf(answer) === head
      const operation = operationOn(schema, field, 7)
      return toldEvents(place.house, operation, { ...asking, variables: { afterSeq: 0 } }, isLast)
    }
    for (const [person, finds] of [
      [place.outsider, false],
      [place.owner, true],
    ] as const) {
      const told = await follow(person)
      expect(told.flatMap(({ body }) => body.errors ?? [])).toEqual([])
      const seqs = told.map(seqOf)
      expect(seqs).toEqual(Array.from(seqs, (_, i) => i + 1))
      expect(foundOfA(told.map(({ text }) => text).join('')).length > 0).toBe(finds)
    }
  })

  test('filters by ids of A, and cursors of A, find nothing of A', async () => {
    const { house, owner, outsider, things } = place
    const page = '{ totalCount edges { cursor node { id } } }'
    const a = await house.data<Record<string, { edges: { cursor: string }[] }>>(`{ agents ${page} runs ${page} }`, {
      token: tokenOf(owner),
    })
    const { body, text } = await house.ask(
      `query ($agent: ID!, $owner: ID!, $run: ID!, $agents: String!, $runs: String!) {
        runsOfAgent: runs(agentId: $agent) ${page}
        eventsOfRun: auditEvents(filter: { targetId: $run }) ${page}
        eventsByOwner: auditEvents(filter: { actorId: $owner }) ${page}
        agents(before: $agents) ${page}
        runs(before: $runs) ${page}
      }`,
      {
        token: tokenOf(outsider),
        variables: {
          ...{ agent: things.agentId, owner: owner.id, run: things.runId },
          ...{ agents: a.agents?.edges.at(-1)?.cursor, runs: a.runs?.edges.at(-1)?.cursor },
        },
      },
    )
    const nothing = { totalCount: 0, edges: [] }
    expect(body).toMatchObject({ data: { runsOfAgent: nothing, eventsOfRun: nothing, eventsByOwner: nothing } })
    // A place in A's list is a moment in time; what B sees from there on is B's.
    expect(text).toContain(own.agentId)
    expect(text).toContain(own.runId)
    expect(foundOfA(text)).toEqual([])
  })

  test('an agent of B that names a connection of A cannot use it, and A does not see that agent', async () => {
    const { house, owner, outsider, things } = place
    expect(await finishedRun(house, now(outsider), own.runId)).toMatchObject({
      status: 'FAILED',
      error: { code: 'NOT_FOUND', message: 'No such connection.', step: 'ask' },
    })
    const { connection } = await house.data<{ connection: { usedBy: { id: string }[] } }>(
      'query ($id: ID!) { connection(id: $id) { usedBy { id } } }',
      { token: tokenOf(owner), variables: { id: things.connectionId } },
    )
    expect(connection.usedBy).toEqual([{ id: things.agentId }])
  })
})
