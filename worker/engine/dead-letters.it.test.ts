import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemOrganizationId } from '#platform/caller/caller'
import { redriveDeadLetters } from '../../subgraphs/agents/dead-letter/redrive-dead-letters.ts'
import { cancelRun } from '../../subgraphs/agents/run/cancel-run.ts'
import { newPlace, type Place } from '../../tests/kit/agents.ts'
import { openEffectServer } from '../../tests/kit/effect-server.ts'
import { type Engine, openEngine } from '../../tests/kit/engine.ts'
import { memberCaller } from '../../tests/kit/organizations.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'
import { endProcess, startWorker } from '../../tests/kit/worker-process.ts'

let engine: Engine
let outside: Awaited<ReturnType<typeof openEffectServer>>
beforeAll(async () => {
  outside = await openEffectServer()
  engine = await openEngine({ RUN_LEASE_MS: '1000', EGRESS_ALLOW: outside.hostAndPort })
})
afterAll(async () => {
  await engine?.close()
  await outside?.close()
})

const operator = memberCaller(systemOrganizationId, ['owner'])
const letters = async (caller = operator) => {
  const fields = 'id organizationId runId agentId step owners parkedAt error { code message step }'
  const answer = await engine.agents.ask(caller, `{ deadLetters { totalCount edges { node { ${fields} } } } }`)
  return answer as unknown as {
    readonly errors?: readonly { readonly extensions: { readonly code: string } }[]
    readonly data: { readonly deadLetters: { readonly edges: { readonly node: Letter }[] } | null }
  }
}
interface Letter {
  readonly id: string
  readonly organizationId: string
  readonly runId: string
  readonly step: string
  readonly owners: string[]
  readonly error: { readonly code: string }
}
const letterOf = async (runId: string) =>
  (await letters()).data.deadLetters?.edges.map(({ node }) => node).find((node) => node.runId === runId)

/** A run that stands at its second step, and whose owners were lost three times in a row. */
async function threeTimesLost(place: Place): Promise<string> {
  const id = await engine.start(
    { steps: [transform('a', '1'), { id: 'b', kind: 'wait', for: '1h' }, transform('c', '"through"')] },
    {},
    place,
  )
  await engine.until(id, ['WAITING'], place)
  await engine.query(
    `update agents.step set status = 'RUNNING', state = '{"untilMs": 0}' where run_id = ? and path = 'b' returning id`,
    [id],
    place,
  )
  await engine.query('update agents.run set owners_lost = 3, due_at = now() where id = ? returning id', [id], place)
  await waitFor('the run to be set aside', () => letterOf(id))
  return id
}
const transform = (id: string, expression: string) => ({ id, kind: 'transform', expression })

test('a step that kills its worker is tried three times, and the run is then set aside with where it was and who was lost', async () => {
  outside.hold('/deadly')
  await engine.stopWorker()
  const step = { id: 'deadly', kind: 'http', method: 'POST', url: `${outside.url}/deadly` }
  const id = await engine.start({ steps: [transform('before', '1'), step] })
  for (let life = 1; life <= 3; life++) {
    const worker = await startWorker(engine.environment)
    await waitFor(
      'the step to be begun',
      () => outside.arrived.filter(({ path }) => path === '/deadly').length === life,
    )
    await endProcess(worker, 'SIGKILL')
  }
  await engine.restartWorker()
  const letter = await waitFor('the run to be set aside', () => letterOf(id))
  expect(letter).toMatchObject({ step: 'deadly', error: { code: 'WORKER_LOST', step: 'deadly' } })
  expect(letter.organizationId).toBe(engine.place.organizationId)
  expect(new Set(letter.owners).size).toBe(3)
  expect(outside.arrived.filter(({ path }) => path === '/deadly')).toHaveLength(3)
  expect(await engine.stored(id)).toMatchObject({ status: 'WAITING' })
  expect((await engine.events(id)).at(-1)).toBe('run.dead-lettered')

  outside.release('/deadly')
  await redriveDeadLetters(engine.agents.ctxFor(operator), { ids: [letter.id] })
  expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED' })
  expect((await engine.steps(id)).map(({ attempts }) => attempts.map(({ status }) => status))).toEqual([
    ['SUCCEEDED'],
    ['FENCED', 'FENCED', 'FENCED', 'SUCCEEDED'],
  ])
  expect(await letterOf(id)).toBeUndefined()
}, 90_000)

test('nobody but holders of ops:read sees dead letters, and nobody but holders of ops:redrive redrives them', async () => {
  const place = newPlace(engine.agents)
  const id = await threeTimesLost(place)
  expect((await letters(place.owner)).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  const redrive = 'mutation { redriveDeadLetters(input: { all: true }) { redriven remaining } }'
  for (const caller of [place.owner, { ...operator, scopes: ['ops:read'] }]) {
    const answer = await engine.agents.ask(caller, redrive)
    expect(answer.errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  }
  // The scope alone, in another organization, opens nothing of somebody else's.
  const stranger = { ...memberCaller(newPlace(engine.agents).organizationId, ['owner']), scopes: operator.scopes }
  expect((await letters(stranger)).data.deadLetters?.edges).toEqual([])
  expect(await engine.stored(id, place)).toMatchObject({ status: 'WAITING' })
})

test('dead letters are redriven by agent, by time, or all at once, each with a record in its own organization', async () => {
  const places = [newPlace(engine.agents), newPlace(engine.agents)]
  const [one = '', two = ''] = await Promise.all(places.map(threeTimesLost))
  const ask = async (input: object) => {
    const redrive =
      'mutation ($input: RedriveDeadLettersInput!) { redriveDeadLetters(input: $input) { redriven remaining } }'
    const { data, errors } = await engine.agents.ask(operator, redrive, { input })
    return errors?.[0]?.extensions.code ?? data?.redriveDeadLetters
  }
  expect(await ask({})).toBe('BAD_USER_INPUT')
  expect(await ask({ all: true, filter: {} })).toBe('BAD_USER_INPUT')
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString()
  expect(await ask({ filter: { since: inAnHour } })).toEqual({ redriven: 0, remaining: 0 })
  const [agent] = await engine.query<{ id: string }>('select agent_id as id from agents.run', [], places[0])
  expect(await ask({ filter: { agentId: agent?.id } })).toEqual({ redriven: 1, remaining: 0 })
  expect(await engine.ended(one, places[0])).toMatchObject({ status: 'SUCCEEDED', output: 'through' })
  expect(await engine.stored(two, places[1] as Place)).toMatchObject({ status: 'WAITING' })
  expect(await ask({ all: true })).toMatchObject({ remaining: 0 })
  expect(await engine.ended(two, places[1])).toMatchObject({ status: 'SUCCEEDED', output: 'through' })
  expect((await engine.events(one, places[0])).filter((type) => /dead|redriven/.test(type))).toEqual([
    'run.dead-lettered',
    'run.redriven',
  ])
})

test('a dead letter that is cancelled ends, and is one no more', async () => {
  const place = newPlace(engine.agents)
  const id = await threeTimesLost(place)
  await cancelRun(place.owning(), { runId: id })
  expect(await engine.ended(id, place)).toMatchObject({ status: 'CANCELLED' })
  expect(await letterOf(id)).toBeUndefined()
})

test('what a dead letter waits for may be answered: it is not executed for that', async () => {
  const place = newPlace(engine.agents)
  const id = await threeTimesLost(place)
  const before = await engine.stored(id, place)
  await engine.query(`update agents.run set due_at = now() where id = ? returning id`, [id], place)
  const after = await waitFor('a worker to look', async () => {
    const run = await engine.stored(id, place)
    return run.lease_epoch > before.lease_epoch && run.status === 'WAITING' && run
  })
  expect(after.steps_done).toBe(before.steps_done)
  expect(
    (await engine.query<{ due: boolean }>('select due_at <= now() as due from agents.run', [], place))[0]?.due,
  ).toBe(false)
})
