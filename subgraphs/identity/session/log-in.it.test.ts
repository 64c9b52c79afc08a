import { afterAll, beforeAll, expect, test } from 'vitest'
import { anonymousCaller } from '#platform/caller/caller'
import { newOrganization, password } from '../../../tests/kit/organizations.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { identityConfig } from '../config.ts'
import { identity } from '../subgraph.ts'
import { logIn } from './log-in.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(identity, identityConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

const login = `mutation ($email: String!, $password: String!) {
  login(input: { email: $email, password: $password }) { __typename ... on SessionTokens { accessToken refreshToken expiresIn user { id name } } }
}`
const anonymous = anonymousCaller('203.0.113.9')

test('the right password opens a session, however the address is spelled', async () => {
  const { email, owner } = await newOrganization(subgraph.ctxFor)
  const answer = await subgraph.ask(anonymous, login, { email: ` ${email.toUpperCase()} `, password })
  expect(answer).toMatchObject({
    data: { login: { __typename: 'SessionTokens', expiresIn: 900, user: { id: owner.id } } },
  })
})

test('a wrong password and an unknown account are answered in the same words', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const wrong = await subgraph.ask(anonymous, login, { email, password: 'not the password at all' })
  const unknown = await subgraph.ask(anonymous, login, { email: 'nobody@example.com', password })
  expect(wrong.errors?.[0]?.extensions.code).toBe('SIGN_IN_REFUSED')
  expect(unknown).toEqual(wrong)
})

test('a wrong password and an unknown account cost the same statements, so that time does not tell them apart', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const statementsOf = async (address: string) => {
    subgraph.statements.length = 0
    await expect(logIn(subgraph.ctxFor(anonymous), { email: address, password: 'not the password' })).rejects.toThrow()
    return subgraph.statements.map((sql) => sql.replace(/'[^']*'/g, '?').slice(0, 60))
  }
  expect(await statementsOf('nobody@example.com')).toEqual(await statementsOf(email))
})

const recordsOf = (organizationId: string) =>
  subgraph.db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [organizationId])
    const rows = await em.execute<{ data: { action: string } }[]>('select data from identity.outbox order by sequence')
    return rows.map((row) => row.data)
  })

test('a refused sign-in is recorded in the organization of the account, with the address and nobody as its actor', async () => {
  const { email, organizationId, owner } = await newOrganization(subgraph.ctxFor)
  await subgraph.ask(anonymous, login, { email, password: 'not the password at all' })
  expect((await recordsOf(organizationId)).at(-1)).toMatchObject({
    action: 'session.refused',
    outcome: 'refused',
    actor: { type: 'anonymous', id: null },
    targets: [{ type: 'user', id: owner.id }],
    context: { address: '203.0.113.9' },
  })
})

test('a sign-in is recorded as the user’s own act', async () => {
  const { email, organizationId, owner } = await newOrganization(subgraph.ctxFor)
  await subgraph.ask(anonymous, login, { email, password })
  expect((await recordsOf(organizationId)).at(-1)).toMatchObject({
    action: 'session.created',
    outcome: 'succeeded',
    actor: { type: 'user', id: owner.id },
  })
})

test('an anonymous caller reaches neither the viewer nor the list of users', async () => {
  const answer = await subgraph.ask(anonymous, '{ viewer { roles } users { totalCount } }')
  expect(answer.errors?.map((error) => error.extensions.code)).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED'])
  expect(answer.data).toEqual({ viewer: null, users: null })
})

test('a text that cannot be stored is the caller’s fault, in words', async () => {
  const answer = await subgraph.ask(anonymous, login, { email: 'a\u0000@example.com', password })
  expect(answer.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
})
