import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { memberCaller } from '../../tests/kit/organizations.ts'
import { openOwnServices } from '../../tests/kit/own-services.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'
import { endProcess, startProcess } from '../../tests/kit/worker-process.ts'
import { signRequest } from '../caller/message-signature.ts'
import { newId } from '../id.ts'

let services: Awaited<ReturnType<typeof openOwnServices>>
let owner: Client
let first: Awaited<ReturnType<typeof start>>
let second: Awaited<ReturnType<typeof start>>
beforeAll(async () => {
  services = await openOwnServices()
  ;[first, second] = await Promise.all([start(), start()])
  owner = new Client({ connectionString: services.environment.DATABASE_URL })
  await owner.connect()
})
afterAll(async () => {
  await Promise.all([first, second].map(({ child }) => endProcess(child, 'SIGKILL')))
  await owner.end()
  await services.close()
})

const start = async () => {
  const child = await startProcess('subgraphs/agents/main.ts', { ...services.environment, AGENTS_PORT: '0' })
  const started = child.log.find((line) => line.includes('"msg":"started"')) ?? '{}'
  return { child, url: `${JSON.parse(started).urls[0]}/graphql` }
}

const caller = memberCaller(newId(), ['owner'])
const key = newId()
const query = `mutation { createAgent(input: { name: "Once", description: "" }) { id name runs { totalCount } } }`

async function send(url: string): Promise<object> {
  const body = JSON.stringify({ query })
  const requestKey = Buffer.from(services.environment.AGENTS_REQUEST_KEY ?? '', 'base64')
  const signed = signRequest({ method: 'POST', path: '/graphql', body }, caller, 'agents', requestKey, key)
  const answer = await fetch(url, { method: 'POST', headers: { ...signed, 'content-type': 'application/json' }, body })
  return (await answer.json()) as object
}

test('a mutation whose process was killed between commit and answer is not done again, and another process answers it', async () => {
  // The answer asks for runs, which nobody gets now: the mutation itself commits.
  await owner.query('begin; lock table agents.run in access exclusive mode')
  const lost = send(first.url).catch(() => 'lost')
  const made = async () => (await owner.query('select id from agents.agent')).rows
  try {
    // The owner's own policy shows no organization's rows unless it works in it.
    await owner.query(`select set_config('app.organization_id', $1, true)`, [caller.organizationId])
    await waitFor('the commit', async () => (await made()).length === 1)
    await endProcess(first.child, 'SIGKILL')
  } finally {
    await owner.query('rollback')
  }
  expect(await lost).toBe('lost')

  const answer = await send(second.url)
  await owner.query(`select set_config('app.organization_id', $1, false)`, [caller.organizationId])
  const [agent] = await made()
  expect(answer).toEqual({ data: { createAgent: { ...agent, name: 'Once', runs: { totalCount: 0 } } } })
  expect(await made()).toHaveLength(1)
  expect((await owner.query('select 1 from agents.outbox')).rowCount).toBe(1)
})
