import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { anonymousCaller } from '#platform/caller/caller'
import { identityConfig } from '../../subgraphs/identity/config.ts'
import { logIn } from '../../subgraphs/identity/session/log-in.ts'
import { identity } from '../../subgraphs/identity/subgraph.ts'
import { newOrganization, password } from '../../tests/kit/organizations.ts'
import { addAuthenticator } from '../../tests/kit/second-factor.ts'
import { openSubgraph } from '../../tests/kit/subgraph.ts'
import { resetFactorsCommand } from './reset-factors.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(identity, identityConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

async function run(...args: string[]) {
  const lines: string[] = []
  const code = await resetFactorsCommand(args, inject('environment'), (line) => lines.push(line))
  return { code, text: lines.join('\n') }
}

test('the operator lets the last owner in who has lost their factors, and the record says that it was the system', async () => {
  const { email, caller, organizationId, owner } = await newOrganization(subgraph.ctxFor)
  await addAuthenticator(subgraph.ctxFor, caller)
  const signIn = () => logIn(subgraph.ctxFor(anonymousCaller('203.0.113.9')), { email, password })
  expect(await signIn()).toHaveProperty('challengeToken')
  expect(await run(email.toUpperCase())).toMatchObject({ code: 0 })
  expect(await signIn()).toHaveProperty('accessToken')
  const records = await subgraph.db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [organizationId])
    return em.execute(`select data from identity.outbox where data->>'action' = 'factor.reset'`)
  })
  expect(records).toMatchObject([{ data: { actor: { type: 'system' }, targets: [{ id: owner.id }] } }])
})

test('a command that is not understood and an account that there is not are told', async () => {
  expect(await run()).toMatchObject({ code: 2, text: expect.stringContaining('Usage') })
  expect(await run('a@example.com', 'b@example.com')).toMatchObject({ code: 2 })
  expect(await run('nobody@example.com')).toEqual({ code: 1, text: 'There is no such account.' })
})
