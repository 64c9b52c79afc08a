import { newId } from '#platform/id'

/** An operation that is refused, in words, by its query and its variables. */
type Operation = string | readonly [query: string, variables: object]
type Row = readonly [what: string, query: string, variables: object, status: number, code: string]

const refused = (status: number, code: string, operations: Readonly<Record<string, Operation>>): Row[] =>
  Object.entries(operations).map(([what, operation]) => {
    const [query, variables] = typeof operation === 'string' ? [operation, {}] : operation
    return [what, query, variables, status, code]
  })

const id = newId()
const unstorable = 'a\u0000b'
const filter = 'query ($f: AuditEventFilter) { auditEvents(filter: $f) { totalCount } }'
const connect = 'mutation ($i: CreateConnectionInput!) { createConnection(input: $i) { id } }'
const inside = { connector: 'http', name: 'x', config: { baseUrl: 'http://127.0.0.1' } }

/** Operations that an owner may ask for, with something wrong in each. */
export const badOperations: readonly Row[] = [
  ...refused(400, 'BAD_USER_INPUT', {
    'an unknown field': '{ me { nope } }',
    'an unknown argument': '{ agents(nope: 1) { totalCount } }',
    'a literal of the wrong type': '{ agents(first: "x") { totalCount } }',
    'a number beyond an Int': '{ agents(first: 99999999999) { totalCount } }',
    'a variable of the wrong type': ['query ($n: Int) { agents(first: $n) { totalCount } }', { n: 'x' }],
    'a missing variable': 'query ($id: ID!) { agent(id: $id) { name } }',
    'an unknown enum value': ['query ($s: RunStatus) { runs(status: $s) { totalCount } }', { s: 'NOPE' }],
    'an unknown input field': [connect, { i: { connector: 'forgeops', name: 'x', nope: 1 } }],
  }),
  ...refused(200, 'BAD_USER_INPUT', {
    'a moment that is none': [filter, { f: { occurredAfter: 'soon' } }],
    'an action that is none': [filter, { f: { actions: ['%'] } }],
    'a filter that no text can match': [filter, { f: { targetId: unstorable } }],
    'a negative page': '{ runs(first: -1) { totalCount } }',
    'a page of 101': '{ users(first: 101) { totalCount } }',
    'a page in both directions': '{ connections(first: 1, last: 1) { totalCount } }',
    'an empty cursor': '{ agents(after: "") { edges { cursor } } }',
    'a made-up cursor': '{ auditEvents(after: "MTow") { edges { cursor } } }',
    'an unknown role': ['mutation ($id: ID!) { assignRole(input: { userId: $id, role: "__proto__" }) { id } }', { id }],
    'an agent without a name': 'mutation { createAgent(input: { name: " " }) { id } }',
    'an address that is none': 'mutation { inviteUser(input: { email: "nobody" }) { id } }',
    'an address that cannot be stored': 'mutation { inviteUser(input: { email: "a\\u0000@example.com" }) { id } }',
    'a connection without its configuration': [connect, { i: { connector: 'http', name: 'x' } }],
    'an unknown connector for a connection': [connect, { i: { connector: 'nope', name: 'x' } }],
    'an input that is no object': [
      'mutation ($id: ID!) { startRun(input: { agentId: $id, input: [1] }) { id } }',
      { id },
    ],
  }),
  ...refused(200, 'NOT_FOUND', {
    'an unknown agent': ['query ($id: ID!) { agent(id: $id) { name } }', { id }],
    'an unknown run': ['query ($id: ID!) { run(id: $id) { id } }', { id }],
    'an unknown user': ['query ($id: ID!) { user(id: $id) { name } }', { id }],
    'an unknown connection': ['query ($id: ID!) { connection(id: $id) { name } }', { id }],
    'an unknown audit event': ['query ($id: ID!) { auditEvent(id: $id) { seq } }', { id }],
    'an unknown connector': '{ connector(key: "constructor") { key } }',
    'what cannot be an id': ['query ($id: ID!) { agent(id: $id) { name } }', { id: `' or 1=1 --${unstorable}` }],
  }),
  ...refused(200, 'EGRESS_REFUSED', { 'a connection into the house': [connect, { i: inside }] }),
  ...refused(200, 'INVITATION_INVALID', {
    'an invitation that never was':
      'mutation { acceptInvitation(input: { token: "x", name: "x", password: "long enough a password" }) { id } }',
  }),
  ...refused(200, 'REFRESH_REFUSED', {
    'a refresh token that never was': 'mutation { refreshSession(input: { refreshToken: "x" }) { accessToken } }',
  }),
]
