import { beforeAll, expect, test } from 'vitest'
import { systemOrganizationId } from '#platform/caller/caller'
import { newId } from '#platform/id'
import type { VisitedHouse } from '../kit/house.ts'
import { loginMutation, newMember, newOwner, type Person, seededOwner } from '../kit/people.ts'
import { sharedHouse } from '../kit/shared-house.ts'
import { waitFor } from '../kit/wait-for.ts'

let house: VisitedHouse
beforeAll(async () => {
  house = await sharedHouse()
})

const refusals = `{ auditEvents(first: 50, filter: { actions: ["access.refused", "session.refused"], outcome: REFUSED }) {
  edges { node {
    action actor { __typename ... on User { id } } targets { type id } context { address userAgent traceId detail }
  } }
} }`

interface Refused {
  readonly action: string
  readonly actor: { readonly __typename: string; readonly id?: string }
  readonly targets: readonly { readonly type: string; readonly id: string }[]
  readonly context: {
    readonly address: string
    readonly userAgent: string
    readonly traceId: string
    readonly detail: { readonly code?: string; readonly reason?: string; readonly count?: number }
  }
}

const refusedTo = async (person: Person): Promise<Refused[]> => {
  const { auditEvents } = await house.data<{ auditEvents: { edges: { node: Refused }[] } }>(refusals, {
    token: person.token,
  })
  return auditEvents.edges.map(({ node }) => node).reverse()
}
const until = (person: Person, found: (all: Refused[]) => boolean) =>
  waitFor('the records', async () => {
    const all = await refusedTo(person)
    return found(all) && all
  })

test('what is refused at the edge, by a row or by a verb is in the owner’s trail, and in no other organization’s', async () => {
  const [owner, stranger] = [await newOwner(house, 'Acme'), await newOwner(house, 'Elsewhere')]
  const viewer = await newMember(house, owner, ['viewer'])
  const admin = await newMember(house, owner, ['admin'])
  const userAgent = `client ${newId()}`
  const trace = newId().replaceAll('-', '')
  const headers = { 'user-agent': userAgent, traceparent: `00-${trace}-${'1'.repeat(16)}-01` }

  const fields = Array.from({ length: 300 }, (_, i) => `a${i}: auditEvents { totalCount }`).join(' ')
  await house.ask(`{ me { id } ${fields} }`, { token: viewer.token, headers })
  await house.ask('mutation ($input: AssignRoleInput!) { assignRole(input: $input) { id } }', {
    token: admin.token,
    headers,
    variables: { input: { userId: viewer.id, role: 'owner' } },
  })
  await house.ask(loginMutation, { headers, variables: { input: { email: owner.email, password: 'not it at all' } } })
  await house.ask('query ($id: ID!) { user(id: $id) { name } }', {
    token: stranger.token,
    headers,
    variables: { id: viewer.id },
  })

  const own = (all: Refused[]) => all.filter(({ context }) => context.userAgent === userAgent)
  const found = own(await until(owner, (all) => own(all).length >= 3))
  const kinds = found.map(({ action, actor, targets, context: { detail } }) =>
    [action, actor.id ?? actor.__typename, targets[0]?.id, detail.code, detail.count].join(' ').trim(),
  )
  expect(kinds.sort()).toEqual(
    [
      `access.refused ${viewer.id} Query.auditEvents UNAUTHORIZED_FIELD_OR_TYPE 300`,
      `access.refused ${admin.id} Mutation.assignRole FORBIDDEN 1`,
      `session.refused AnonymousActor ${owner.id}`,
    ].sort(),
  )
  for (const { context } of found) expect(context).toMatchObject({ address: '127.0.0.1', traceId: trace })
  expect(await refusedTo(stranger)).toEqual([])
})

test('a token that is none leaves its record in the system organization', async () => {
  const owner = await seededOwner(house)
  const { switchOrganization } = await house.data<{ switchOrganization: { accessToken: string } }>(
    'mutation ($id: ID!) { switchOrganization(input: { organizationId: $id }) { accessToken } }',
    { token: owner.token, variables: { id: systemOrganizationId } },
  )
  const userAgent = `client ${newId()}`
  await house.ask('{ me { id } }', { token: 'a.b.c', headers: { 'user-agent': userAgent } })
  const operator = { ...owner, token: switchOrganization.accessToken }
  const own = (all: Refused[]) => all.filter(({ context }) => context.userAgent === userAgent)
  expect(own(await until(operator, (all) => own(all).length > 0))).toMatchObject([
    { actor: { __typename: 'AnonymousActor' }, targets: [], context: { detail: { reason: 'not valid', count: 1 } } },
  ])
})
