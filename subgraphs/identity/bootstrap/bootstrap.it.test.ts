import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { anonymousCaller, systemCaller, systemOrganizationId } from '#platform/caller/caller'
import { newId } from '#platform/id'
import { bootstrapCommand } from '../../../scripts/bootstrap/bootstrap-command.ts'
import { memberCaller, newOrganization, password } from '../../../tests/kit/organizations.ts'
import { openOwnServices } from '../../../tests/kit/own-services.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { identityConfig } from '../config.ts'
import { identity } from '../subgraph.ts'
import { createBootstrapToken } from './create-bootstrap-token.ts'

let own: Awaited<ReturnType<typeof openOwnServices>>
let subgraph: Awaited<ReturnType<typeof open>>
let owner: Client
const open = () => openSubgraph(identity, () => identityConfig(own.environment))
beforeAll(async () => {
  own = await openOwnServices()
  subgraph = await open()
  owner = new Client({ connectionString: own.postgres.url })
  await owner.connect()
})
afterAll(async () => {
  await owner?.end()
  await subgraph?.close()
  await own?.close()
})
/** A platform without anybody. */
beforeEach(() =>
  owner.query(
    'truncate identity.bootstrap_token, identity.membership, identity."user", identity.password_credential, identity.session, identity.outbox',
  ),
)
afterEach(() => {
  vi.useRealTimers()
})

const anonymous = anonymousCaller('203.0.113.4')
const email = 'first@example.com'
const newToken = async () => (await createBootstrapToken(subgraph.ctxFor(systemCaller(systemOrganizationId)))).token
const mutation = `mutation ($input: BootstrapOwnerInput!) {
  bootstrapOwner(input: $input) { accessToken refreshToken user { id name } }
}`
const ask = (token: string, input: object = {}) =>
  subgraph.ask(anonymous, mutation, {
    input: { token, email, name: 'Fiona First', password, organizationName: 'Acme', ...input },
  })
const codeOf = (answer: Awaited<ReturnType<typeof ask>>) => answer.errors?.[0]?.extensions.code ?? 'ok'
const spend = async (token: string, input: object = {}) => codeOf(await ask(token, input))
const claimsOf = (answer: Awaited<ReturnType<typeof ask>>) => {
  const { bootstrapOwner } = answer.data as unknown as { bootstrapOwner: { accessToken: string } }
  return JSON.parse(Buffer.from(bootstrapOwner.accessToken.split('.')[1] ?? '', 'base64url').toString())
}
/** What is there of a table, seen from an organization. */
async function rowsOf(table: string, organizationId = systemOrganizationId): Promise<Record<string, unknown>[]> {
  await owner.query('begin')
  await owner.query(`select set_config('app.organization_id', $1, true)`, [organizationId])
  const { rows } = await owner.query(`select * from identity.${table}`)
  await owner.query('rollback')
  return rows
}
const organizationsOf = async () => (await owner.query('select organization_ids from identity."user"')).rows

test('the token makes an organization and its owner, who is signed in and belongs to the system organization too', async () => {
  const answer = await ask(await newToken(), { email: ' First@Example.com ' })
  const claims = claimsOf(answer)
  expect(claims.roles).toEqual(['owner'])
  const place = memberCaller(claims.org, ['owner'], claims.sub)
  const viewer = await subgraph.ask(place, '{ viewer { organization { name } user { name email } roles } }')
  expect(viewer.data).toEqual({
    viewer: { organization: { name: 'Acme' }, user: { name: 'Fiona First', email }, roles: ['owner'] },
  })
  expect(await organizationsOf()).toEqual([{ organization_ids: [claims.org, systemOrganizationId] }])
  expect(await rowsOf('membership')).toMatchObject([{ user_id: claims.sub, roles: ['owner'] }])
})

test('each organization has the record of what happened in it, and neither holds the token', async () => {
  const token = await newToken()
  const claims = claimsOf(await ask(token))
  const actions = async (organizationId?: string) =>
    (await rowsOf('outbox', organizationId)).map(({ data }) => (data as { action: string }).action)
  expect(await actions()).toEqual(['bootstrap-token.created', 'bootstrap-token.spent', 'user.joined'])
  expect(await actions(claims.org)).toEqual(['organization.founded'])
  const stored = JSON.stringify([await rowsOf('outbox'), await rowsOf('bootstrap_token')])
  expect(stored).not.toContain(token)
})

test('fifty who spend the token at the same moment make one owner', async () => {
  const token = await newToken()
  const codes = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      spend(token, { email: `owner-${i}@example.com`, organizationName: `Org ${i}` }),
    ),
  )
  expect(codes.filter((code) => code === 'ok')).toHaveLength(1)
  // Who waited too long for their password to be hashed was turned away before.
  expect(codes.filter((code) => !['ok', 'BOOTSTRAP_REFUSED', 'SIGN_IN_BUSY'].includes(code))).toEqual([])
  expect(await organizationsOf()).toHaveLength(1)
  expect(await rowsOf('membership')).toHaveLength(1)
})

test('whoever asks between the making of the token and its use does not become the owner', async () => {
  const token = await newToken()
  expect(await spend('')).toBe('BOOTSTRAP_REFUSED')
  expect(await spend('A'.repeat(43))).toBe('BOOTSTRAP_REFUSED')
  expect(await spend(token)).toBe('ok')
  expect(await spend(token, { email: 'second@example.com' })).toBe('BOOTSTRAP_REFUSED')
  expect(await organizationsOf()).toHaveLength(1)
})

test.each(['organization', 'password_credential', 'membership', 'session', 'outbox'])(
  'what fails at the %s leaves nobody, and the token as good as it was',
  async (table) => {
    const token = await newToken()
    // Fails at the last row of the table: the place in the system organization comes after that in the new one.
    const last = ['membership', 'outbox'].includes(table) ? `new.organization_id = '${systemOrganizationId}'` : 'true'
    await owner.query(
      `create function identity.fail() returns trigger language plpgsql as $$ begin raise exception 'pulled the plug'; end $$`,
    )
    await owner.query(
      `create trigger fail before insert on identity.${table} for each row when (${last}) execute function identity.fail()`,
    )
    try {
      expect(await spend(token)).toBe('INTERNAL_SERVER_ERROR')
      expect(await organizationsOf()).toEqual([])
      for (const each of ['membership', 'password_credential']) expect(await rowsOf(each), each).toEqual([])
    } finally {
      await owner.query('drop function identity.fail() cascade')
    }
    expect(await spend(token)).toBe('ok')
  },
)

test('a newer token takes the place of one that was not used', async () => {
  const [first, second] = [await newToken(), await newToken()]
  expect(await spend(first)).toBe('BOOTSTRAP_REFUSED')
  expect(await spend(second)).toBe('ok')
})

test('a token is good for an hour', async () => {
  const token = await newToken()
  const now = Date.now()
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.setSystemTime(now + 3_601_000)
  expect(await spend(token)).toBe('BOOTSTRAP_REFUSED')
  vi.setSystemTime(now + 3_500_000)
  expect(await spend(token)).toBe('ok')
})

test('what is wrong with the account is said, and does not cost the token', async () => {
  const token = await newToken()
  for (const input of [{ email: 'nobody' }, { name: ' ' }, { organizationName: 'a\nb' }])
    expect(await spend(token, input)).toBe('BAD_USER_INPUT')
  expect(await spend(token, { password: 'too short' })).toBe('PASSWORD_TOO_SHORT')
  await newOrganization(subgraph.ctxFor)
  const { rows } = await owner.query('select email from identity."user"')
  expect(await spend(token, { email: rows[0].email })).toBe('CONFLICT')
  expect(await spend(token)).toBe('ok')
})

test('where there is an owner no token is made, and one that was made before is worthless', async () => {
  const token = await newToken()
  await owner.query('begin')
  await owner.query(`select set_config('app.organization_id', $1, true)`, [systemOrganizationId])
  await owner.query(
    `insert into identity.membership (organization_id, id, user_id, roles, created_at) values ($1, $2, $3, '{owner}', now())`,
    [systemOrganizationId, newId(), newId()],
  )
  await owner.query('commit')
  await expect(newToken()).rejects.toMatchObject({ code: 'BOOTSTRAP_DONE' })
  expect(await spend(token)).toBe('BOOTSTRAP_REFUSED')
})

test('the command prints a token and nothing else, says the rest aside, and refuses in plain words once there is an owner', async () => {
  const run = async (environment = own.environment) => {
    const [out, err]: [string[], string[]] = [[], []]
    const code = await bootstrapCommand(
      environment,
      (line) => out.push(line),
      (line) => err.push(line),
    )
    return { code, out, err }
  }
  const first = await run()
  expect(first).toMatchObject({ code: 0, out: [expect.stringMatching(/^[\w-]{43}$/)] })
  expect(first.err.join()).toContain('bootstrapOwner')
  expect(await spend(first.out[0] ?? '')).toBe('ok')
  expect(await run()).toEqual({
    code: 1,
    out: [],
    err: ['There is an owner already: no bootstrap token is made any more. Owners invite further people.'],
  })
  expect(await run({})).toEqual({
    code: 1,
    out: [],
    err: [expect.stringContaining('IDENTITY_DATABASE_URL is not set.')],
  })
})
