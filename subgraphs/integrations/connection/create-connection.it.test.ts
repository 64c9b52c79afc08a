import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  bearerToken,
  createConnectionMutation,
  httpInput,
  type Integrations,
  newMembers,
  openIntegrations,
  outboxOf,
} from '../../../tests/kit/connections.ts'

let subgraph: Integrations
beforeAll(async () => {
  subgraph = await openIntegrations()
})
afterAll(() => subgraph.close())

const create = (caller: ReturnType<typeof newMembers>['owner'], input: unknown) =>
  subgraph.ask(caller, createConnectionMutation, { input } as Record<string, unknown>)
const codeOf = (answer: Awaited<ReturnType<typeof create>>) => answer.errors?.[0]?.extensions.code

describe('createConnection', () => {
  it('stores a connection that is active before its first test', async () => {
    const { owner } = newMembers()
    const input = httpInput('https://api.example.com/v1')
    expect((await create(owner, input)).data).toEqual({
      createConnection: {
        id: expect.any(String),
        name: input.name,
        config: { baseUrl: 'https://api.example.com/v1', headers: {}, authentication: 'bearer', testPath: '' },
        status: 'ACTIVE',
        statusReason: null,
        lastTestedAt: null,
        createdBy: { id: owner.userId },
        connector: { key: 'http', title: 'HTTP' },
      },
    })
  })

  it('needs neither configuration nor secret for the platform itself', async () => {
    const { owner } = newMembers()
    const { data } = await create(owner, { connector: 'forgeops', name: 'this platform' })
    expect(data).toMatchObject({ createConnection: { status: 'ACTIVE', config: {} } })
  })

  it('stores one without its secret too, inactive and with a reason in words', async () => {
    const { owner } = newMembers()
    const { data } = await create(owner, { ...httpInput('https://api.example.com'), secrets: [] })
    expect(data).toMatchObject({
      createConnection: { status: 'INACTIVE', statusReason: 'It lacks its secret: bearerToken.' },
    })
  })

  it('is recorded with the names of the secrets', async () => {
    const { owner, organizationId } = newMembers()
    const { data } = await create(owner, httpInput('https://api.example.com'))
    const [event] = await outboxOf(subgraph, organizationId)
    expect(event?.data).toMatchObject({
      action: 'connection.created',
      outcome: 'succeeded',
      actor: { type: 'user', id: owner.userId },
      targets: [{ type: 'connection', id: (data?.createConnection as { id: string } | undefined)?.id }],
      context: { detail: { connector: 'http', secretFields: ['bearerToken'] } },
    })
  })

  it.each([
    ['http://127.0.0.1:8080/'],
    ['http://2130706433/'],
    ['http://[::1]/'],
    ['http://[::ffff:127.0.0.1]/'],
    ['http://10.0.0.1/'],
    ['http://169.254.169.254/latest/meta-data'],
    ['http://[fd00:ec2::254]/'],
    ['http://0.0.0.0/'],
    ['https://api.example.com:22/'],
  ])('refuses %s, and records the attempt', async (baseUrl) => {
    const { owner, organizationId } = newMembers()
    const answer = await create(owner, httpInput(baseUrl))
    expect(codeOf(answer)).toBe('EGRESS_REFUSED')
    expect(answer.errors?.[0]?.message).not.toMatch(/\d+\.\d+\.\d+|::/)
    const events = await outboxOf(subgraph, organizationId)
    expect(events.map(({ data }) => data)).toMatchObject([{ action: 'connection.create-refused', outcome: 'refused' }])
    const list = await subgraph.ask(owner, '{ connections { totalCount } }')
    expect(list.data).toEqual({ connections: { totalCount: 0 } })
  })

  it('refuses a name that the organization has already, however many ask at once', async () => {
    const { owner } = newMembers()
    const input = httpInput('https://api.example.com')
    const answers = await Promise.all([1, 2, 3, 4].map(() => create(owner, input)))
    expect(answers.map(codeOf).sort()).toEqual(['CONFLICT', 'CONFLICT', 'CONFLICT', undefined])
    expect(codeOf(await create(newMembers().owner, input))).toBeUndefined()
  })

  it.each([
    ['an unknown connector', { connector: 'nonesuch' }],
    ['a connector of Object', { connector: '__proto__' }],
    ['an empty name', { name: '  ' }],
    ['a long name', { name: 'x'.repeat(101) }],
    ['a name with a control character', { name: 'a\u0000b' }],
    ['no configuration', { config: null }],
    ['a configuration that is a list', { config: [] }],
    ['an unknown setting', { config: { baseUrl: 'https://api.example.com', proxy: 'x' } }],
    ['a test path that leaves the base', { config: { baseUrl: 'https://api.example.com/v1', testPath: '../x' } }],
    ['a base URL that cannot be stored', { config: { baseUrl: 'https://api.example.com/\u0000' } }],
    ['a base URL with half a surrogate pair', { config: { baseUrl: 'https://api.example.com/\ud800' } }],
    ['a deep configuration', { config: { baseUrl: JSON.parse('['.repeat(500) + ']'.repeat(500)) } }],
    ['a secret that the connector has not', { secrets: [{ field: 'password', value: 'canary' }] }],
    ['an empty secret', { secrets: [{ field: 'bearerToken', value: '' }] }],
    ['a secret with a line end', { secrets: [{ field: 'bearerToken', value: 'canary\r\nx: y' }] }],
    ['a secret given twice', { secrets: [0, 1].map(() => ({ field: 'bearerToken', value: 'canary' })) }],
    ['a secret where its name belongs', { secrets: [{ field: bearerToken, value: 'x' }] }],
  ])('refuses %s as bad input, and repeats no secret', async (_what, wrong) => {
    const answer = await create(newMembers().owner, { ...httpInput('https://api.example.com'), ...wrong })
    expect(codeOf(answer)).toBe('BAD_USER_INPUT')
    expect(JSON.stringify(answer)).not.toContain('canary')
  })

  it('names the path of every fault', async () => {
    const config = { baseUrl: 'ftp://x', headers: { Authorization: 'x' }, more: 1 }
    const answer = await create(newMembers().owner, { connector: 'http', name: 'x', config })
    expect(answer.errors?.[0]?.extensions.details).toMatchObject([
      { path: 'config.baseUrl' },
      { path: 'config.headers.Authorization' },
      { path: 'config' },
    ])
  })
})
