import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { anonymousCaller, type Caller, systemOrganizationId } from '#platform/caller/caller'
import { write } from '#platform/db/write'
import { newId } from '#platform/id'
import { memberCaller, newOrganization } from '../../../tests/kit/organizations.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { identityConfig } from '../config.ts'
import { Role } from '../role/role.entity.ts'
import { identity } from '../subgraph.ts'
import { RulebookFile } from './rulebook-file.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(identity, identityConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

const question = `query ($input: ExplainAccessInput!) {
  explainAccess(input: $input) { verdict scopes fields { path coordinate decision rule ruleAt missingScopes needsStepUp } }
}`
const operation = '{ me { email } auditEvents { totalCount } }'
const ask = (caller: Caller, input: Record<string, unknown> = {}) =>
  subgraph.ask(caller, question, { input: { operation, ...input } })
const decided = (answer: Awaited<ReturnType<typeof ask>>) => {
  const { explainAccess } = answer.data as unknown as {
    explainAccess: { verdict: string; scopes: string[]; fields: { coordinate: string; decision: string }[] }
  }
  return Object.fromEntries(explainAccess.fields.map(({ coordinate, decision }) => [coordinate, decision]))
}
const codeOf = (answer: Awaited<ReturnType<typeof ask>>) => answer.errors?.[0]?.extensions.code

test('everybody who is signed in learns what their own rights are, in other subgraphs too', async () => {
  const viewer = memberCaller(newId(), ['viewer'])
  const answer = await ask({ ...viewer, scopes: [] })
  expect(answer.data?.explainAccess).toEqual({
    verdict: 'PARTIAL',
    scopes: [],
    fields: [
      {
        path: ['me'],
        coordinate: 'Query.me',
        decision: 'ALLOWED',
        rule: 'signedIn',
        ruleAt: 'Query.me',
        missingScopes: [],
        needsStepUp: false,
      },
      {
        path: ['me', 'email'],
        coordinate: 'User.email',
        decision: 'DEPENDS_ON_ROW',
        rule: 'hasScope(user:read) or own user',
        ruleAt: 'User.email',
        missingScopes: ['user:read'],
        needsStepUp: false,
      },
      {
        path: ['auditEvents'],
        coordinate: 'Query.auditEvents',
        decision: 'DENIED',
        rule: 'hasScope(audit:read)',
        ruleAt: 'Query.auditEvents',
        missingScopes: ['audit:read'],
        needsStepUp: false,
      },
      {
        path: ['auditEvents', 'totalCount'],
        coordinate: 'AuditEventConnection.totalCount',
        decision: 'DENIED',
        rule: 'hasScope(audit:read)',
        ruleAt: 'Query.auditEvents',
        missingScopes: ['audit:read'],
        needsStepUp: false,
      },
    ],
  })
  expect(decided(await ask(viewer))).toMatchObject({ 'User.email': 'ALLOWED', 'Query.auditEvents': 'DENIED' })
  expect(codeOf(await ask(anonymousCaller(null)))).toBe('UNAUTHENTICATED')
})

test('the rights of a role are told to holders of ops:read and to nobody else', async () => {
  for (const role of ['viewer', 'owner', 'no-such-role'])
    expect(codeOf(await ask(memberCaller(newId(), ['owner']), { role }))).toBe('FORBIDDEN')
  const operator = memberCaller(systemOrganizationId, ['owner'])
  expect(operator.scopes).toContain('ops:read')
  expect(decided(await ask(operator, { role: 'viewer' }))['Query.auditEvents']).toBe('DENIED')
  expect(decided(await ask(operator, { role: 'auditor' }))['Query.auditEvents']).toBe('ALLOWED')
  expect(codeOf(await ask(operator, { role: 'no-such-role' }))).toBe('NOT_FOUND')
})

test('a role that an organization made counts there, and is unknown elsewhere', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const role = `watcher-${newId()}`
  const ctx = subgraph.ctxFor(caller)
  await write(ctx, 'role.created', async (tx) => {
    tx.em.persist(
      tx.em.create(Role, {
        id: newId(),
        organizationId: caller.organizationId,
        name: role,
        description: '',
        scopes: ['audit:read'],
      }),
    )
  })
  const asking = (organizationId: string) =>
    ask({ ...memberCaller(organizationId, ['viewer']), scopes: ['ops:read'] }, { role })
  expect(decided(await asking(caller.organizationId))).toMatchObject({
    'Query.auditEvents': 'ALLOWED',
    'User.email': 'DEPENDS_ON_ROW',
  })
  expect(codeOf(await asking(systemOrganizationId))).toBe('NOT_FOUND')
})

test('rights can be narrowed to some scopes, as an agent’s grants do, and never widened', async () => {
  const admin = memberCaller(newId(), ['admin'])
  const narrowed = await ask(admin, { scopes: ['user:read', 'ops:read'] })
  expect(decided(narrowed)).toMatchObject({ 'User.email': 'ALLOWED', 'Query.auditEvents': 'DENIED' })
  expect((narrowed.data?.explainAccess as { scopes: string[] } | undefined)?.scopes).toEqual(['user:read'])
})

test('an operation that is not valid is refused with its faults', async () => {
  const answer = await ask(memberCaller(newId(), ['viewer']), { operation: '{ me { wings } }' })
  expect(answer.errors?.[0]?.extensions).toEqual({
    code: 'OPERATION_INVALID',
    details: [{ message: expect.stringContaining('Cannot query field "wings" on type "User".'), line: 1, column: 8 }],
  })
})

test('a supergraph that is missing is named to the operator alone, and found as soon as it is there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rulebook-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'supergraph.graphql')
  const file = new RulebookFile(path)
  await expect(file.open()).rejects.toMatchObject({
    code: 'ACCESS_RULES_UNAVAILABLE',
    message: 'The rules cannot be read right now.',
    internal: `The supergraph ${path} cannot be read. Compose it first, or set SUPERGRAPH_PATH.`,
  })
  await writeFile(path, await readFile('gateway/supergraph.graphql', 'utf8'))
  expect((await file.open()).schema.getQueryType()?.getFields().explainAccess).toBeDefined()
})
