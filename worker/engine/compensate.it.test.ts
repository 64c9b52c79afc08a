import { afterAll, beforeAll, expect, test } from 'vitest'
import { cancelRun } from '../../subgraphs/agents/run/cancel-run.ts'
import { openEffectServer } from '../../tests/kit/effect-server.ts'
import { type Engine, openEngine } from '../../tests/kit/engine.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'

let engine: Engine
let outside: Awaited<ReturnType<typeof openEffectServer>>
beforeAll(async () => {
  outside = await openEffectServer()
  engine = await openEngine({ EGRESS_ALLOW: outside.hostAndPort })
})
afterAll(async () => {
  await engine?.close()
  await outside?.close()
})

const post = (id: string, path = `/${id}`, more: object = {}) => ({
  ...{ id, kind: 'http', method: 'POST', idempotent: true, url: `${outside.url}${path}` },
  ...more,
})
const undo = (id: string, path = `/${id}`) => [post(id, path)]
const broken = { id: 'broken', kind: 'transform', expression: '$error("no")' }
const arrivedAt = (...paths: string[]) => outside.arrived.map(({ path }) => path).filter((path) => paths.includes(path))
const endOf = async (runId: string) =>
  (
    await engine.query<{ type: string; data: object }>(
      'select type, data from agents.run_event where run_id = ? order by seq desc limit 1',
      [runId],
    )
  )[0]

test('a failed run undoes the steps that succeeded, the last done first, and seeing what each of them gave; its end stays the failure', async () => {
  const id = await engine.start({
    steps: [
      post('a1', '/f-a', { compensate: [post('ua', '/f-undo-a?was={{output.body.done}}')] }),
      {
        ...{ id: 'each', kind: 'map', items: '["x", "y"]', concurrency: 1 },
        steps: [post('b1', '/f-b', { compensate: [post('ub', '/f-undo-{{item}}')] })],
      },
      post('c1', '/f-c'),
      broken,
    ],
  })
  expect(await engine.ended(id)).toMatchObject({
    status: 'FAILED',
    error: { code: 'EXPRESSION_FAILED', step: 'broken' },
  })
  expect(arrivedAt('/f-undo-x', '/f-undo-y', '/f-undo-a?was=/f-a')).toEqual([
    '/f-undo-y',
    '/f-undo-x',
    '/f-undo-a?was=/f-a',
  ])
  const paths = (await engine.steps(id)).map(({ path }) => path)
  expect(paths).toContain('each[1]/b1/compensate/ub')
  expect(await endOf(id)).toMatchObject({
    type: 'run.failed',
    data: { undone: ['each[1]/b1', 'each[0]/b1', 'a1'] },
  })
})

test('a step that failed, was skipped or never began is not undone, nor is anything of a run that succeeded', async () => {
  const undone = (id: string) => ({ compensate: undo(`un${id}`, '/g-undo') })
  const failing = await engine.start({
    steps: [
      { id: 'skipped', kind: 'transform', when: 'false', expression: '1', ...undone('Skipped') },
      { ...broken, ...undone('Broken') },
      { id: 'later', kind: 'transform', expression: '1', ...undone('Later') },
    ],
  })
  const fine = await engine.start({ steps: [{ id: 'fine', kind: 'transform', expression: '1', ...undone('Fine') }] })
  expect(await engine.ended(failing)).toMatchObject({ status: 'FAILED' })
  expect(await engine.ended(fine)).toMatchObject({ status: 'SUCCEEDED' })
  expect(arrivedAt('/g-undo')).toEqual([])
})

test('what cannot be undone is told, and the rest is undone', async () => {
  const id = await engine.start({
    steps: [
      post('a2', '/h-a', { compensate: undo('ua', '/h-undo-a') }),
      { id: 'b2', kind: 'transform', expression: '1', compensate: [{ ...broken, id: 'cannot' }] },
      broken,
    ],
  })
  expect(await engine.ended(id)).toMatchObject({ status: 'FAILED', error: { step: 'broken' } })
  expect(arrivedAt('/h-undo-a')).toHaveLength(1)
  expect((await engine.events(id)).filter((type) => type === 'run.compensation-failed')).toHaveLength(1)
  expect(await endOf(id)).toMatchObject({ data: { undone: ['a2'], notUndone: ['b2'] } })
})

test('a cancellation reaches a running step within 2 s, and stops none of the undoing, however often it is asked for', async () => {
  outside.hold('/i-slow')
  outside.hold('/i-undo')
  const id = await engine.start({
    steps: [post('a3', '/i-a', { compensate: undo('ua', '/i-undo') }), post('slow', '/i-slow')],
  })
  await waitFor('the step to be under way', () => arrivedAt('/i-slow').length > 0)
  const askedAt = Date.now()
  await cancelRun(engine.place.owning(), { runId: id })
  await waitFor('the undoing to begin', () => arrivedAt('/i-undo').length > 0)
  const tookMs = Date.now() - askedAt
  expect(tookMs).toBeLessThan(2_000)
  await Promise.all([1, 2, 3].map(() => cancelRun(engine.place.owning(), { runId: id })))
  await engine.restartWorker()
  outside.release('/i-slow')
  outside.release('/i-undo')
  expect(await engine.ended(id)).toMatchObject({ status: 'CANCELLED' })
  const steps = Object.fromEntries((await engine.steps(id)).map(({ path, status }) => [path, status]))
  expect(steps).toEqual({ a3: 'SUCCEEDED', slow: 'CANCELLED', 'a3/compensate/ua': 'SUCCEEDED' })
  const keys = outside.arrived.filter(({ path }) => path === '/i-undo').map(({ key }) => key)
  expect(new Set(keys).size).toBe(1)
  const before = await engine.stored(id)
  await cancelRun(engine.place.owning(), { runId: id })
  expect(await engine.stored(id)).toEqual(before)
})

test('undoing waits between its attempts without a worker, though the run is cancelled, and goes on with the next owner', async () => {
  const id = await engine.start({
    steps: [
      {
        ...{ id: 'a4', kind: 'transform', expression: '1' },
        compensate: [{ id: 'pause', kind: 'wait', for: '700ms' }, ...undo('ua', '/j-undo')],
      },
      { id: 'long', kind: 'wait', for: '1h' },
    ],
  })
  await engine.until(id, ['WAITING'])
  await cancelRun(engine.place.owning(), { runId: id })
  await waitFor('the undoing to wait', async () => {
    const [pause] = (await engine.steps(id)).filter(({ path }) => path === 'a4/compensate/pause')
    return pause?.status === 'WAITING' && (await engine.stored(id)).status === 'WAITING'
  })
  const epoch = (await engine.stored(id)).lease_epoch
  expect(await engine.ended(id)).toMatchObject({ status: 'CANCELLED', lease_epoch: epoch + 1 })
  expect(arrivedAt('/j-undo')).toHaveLength(1)
})

test('a failure whose words no database keeps is undone as any other', async () => {
  const id = await engine.start({
    steps: [post('a1', '/n-a', { compensate: undo('ua', '/n-undo') })],
    output: '$error("no\\u0000pe\\ud83d")',
  })
  expect(await engine.ended(id)).toMatchObject({ status: 'FAILED', error: { code: 'EXPRESSION_FAILED' } })
  expect(arrivedAt('/n-undo')).toHaveLength(1)
})
