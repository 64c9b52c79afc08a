import { afterAll, beforeAll, expect, test } from 'vitest'
import { newPlace, type Place } from '../../tests/kit/agents.ts'
import { openEffectServer } from '../../tests/kit/effect-server.ts'
import { type Engine, openEngine } from '../../tests/kit/engine.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'
import { endProcess, startWorker } from '../../tests/kit/worker-process.ts'

let engine: Engine
let outside: Awaited<ReturnType<typeof openEffectServer>>
beforeAll(async () => {
  outside = await openEffectServer(400)
  engine = await openEngine({ RUN_LEASE_MS: '1000', EGRESS_ALLOW: outside.hostAndPort })
})
afterAll(async () => {
  await engine?.close()
  await outside?.close()
})

const post = (path: string) => ({ id: path, kind: 'http', method: 'POST', url: `${outside.url}/${path}` })
const arrivals = (path: string) => outside.arrived.filter((effect) => effect.path === `/${path}`).length
const manyOf = (count: number, steps: readonly object[], place?: Place) =>
  Promise.all(Array.from({ length: count }, () => engine.start({ steps }, {}, place)))

/** Done in no time, and due before what a lost worker had: a worker that comes up shows by them that it lives. */
const somethingQuick = () => manyOf(40, [{ id: 'quick', kind: 'transform', expression: '1' }])

test('a run that kills its workers is set aside by itself: twenty that were in the same hands each time go on to their ends', async () => {
  await engine.stopWorker()
  outside.hold('/deadly')
  await somethingQuick()
  const [guilty = ''] = await manyOf(1, [post('deadly')])
  const innocents = await manyOf(20, [post('slow'), post('after')])
  for (let life = 1; life <= 3; life++) {
    const worker = await startWorker(engine.environment)
    await waitFor(
      'the deadly step to be begun, at first among all others',
      () => arrivals('deadly') === life && (life === 3 || arrivals('slow') >= 20 * life),
      30_000,
    )
    await endProcess(worker, 'SIGKILL')
    await somethingQuick()
  }
  await engine.restartWorker()
  for (const id of innocents) expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED', steps_done: 2 })
  const letters = () => engine.query<{ id: string }>('select run_id as id from agents.dead_letter')
  await waitFor('the run to be set aside', async () => (await letters()).length > 0)
  expect(await letters()).toEqual([{ id: guilty }])
  expect(arrivals('deadly')).toBe(3)
}, 120_000)

test('of those on their last chance one is in hand at a time, and the next as soon as it has completed a step', async () => {
  const place = newPlace(engine.agents)
  outside.hold('/first')
  outside.hold('/second')
  await engine.stopWorker()
  const suspects = await manyOf(5, [post('first'), post('second')], place)
  await engine.query('update agents.run set owners_lost = 2 returning id', [], place)
  const [other = ''] = await manyOf(1, [post('other')], place)
  await engine.restartWorker()
  // Sweeps come and go meanwhile: that one ends shows it.
  expect(await engine.ended(other, place)).toMatchObject({ status: 'SUCCEEDED' })
  await waitFor('the first suspect', () => arrivals('first') === 1)
  expect(await engine.query('select 1 from agents.run where lease_owner is not null', [], place)).toHaveLength(1)
  outside.release('/first')
  // All of them, though none has left.
  await waitFor('the others to follow', () => arrivals('second') === 5)
  outside.release('/second')
  for (const id of suspects)
    expect(await engine.ended(id, place)).toMatchObject({ status: 'SUCCEEDED', lease_epoch: 1 })
})
