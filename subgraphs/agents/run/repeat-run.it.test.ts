import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newPlace } from '../../../tests/kit/agents.ts'
import { openEffectServer } from '../../../tests/kit/effect-server.ts'
import { type Engine, openEngine } from '../../../tests/kit/engine.ts'
import { memberCaller } from '../../../tests/kit/organizations.ts'
import { publishAgentVersion } from '../agent/publish-agent-version.ts'
import { effectKeyOf } from '../step/effect-key.ts'
import { forkRun } from './fork-run.ts'
import { replayRun } from './replay-run.ts'

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

const post = (id: string, more: object = {}) => ({
  ...{ id, kind: 'http', method: 'POST', idempotent: true, url: `${outside.url}/{{input.tag}}/${id}` },
  ...more,
})
const arrivedAt = (path: string) => outside.arrived.filter((effect) => effect.path === path)
const idOf = (answered: unknown) => (answered as { readonly id: string }).id
const owning = () => engine.place.owning()
const agentOf = async (runId: string) =>
  (await engine.query<{ agent_id: string }>('select agent_id from agents.run where id = ?', [runId]))[0]?.agent_id ?? ''

describe('a replay', () => {
  test('starts anew with the same input and version, under new effect keys, and is linked to the run it repeats', async () => {
    const first = await engine.start({ steps: [post('a')] }, { tag: 'r1' })
    await engine.ended(first)
    await publishAgentVersion(owning(), {
      agentId: await agentOf(first),
      definition: { grants: [], steps: [{ id: 'new', kind: 'transform', expression: '"new"' }] },
    })
    const { data } = await engine.agents.ask(
      engine.place.owner,
      'mutation ($id: ID!) { replayRun(input: { runId: $id }) { id input version { number } replayOf { id } startedBy { id } } }',
      { id: first },
    )
    expect(data?.replayRun).toMatchObject({
      ...{ input: { tag: 'r1' }, version: { number: 1 }, replayOf: { id: first } },
      startedBy: { id: engine.place.owner.userId },
    })
    const id = idOf(data?.replayRun)
    expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED' })
    expect(arrivedAt('/r1/a').map(({ key }) => key)).toEqual([effectKeyOf(first, 'a'), effectKeyOf(id, 'a')])

    const newer = await replayRun(owning(), { runId: first, version: 2, input: { other: 1 } })
    expect(await engine.ended(newer.id)).toMatchObject({ status: 'SUCCEEDED', output: 'new', input: { other: 1 } })
    await expect(replayRun(owning(), { runId: first, version: 3 })).rejects.toMatchObject({
      code: 'AGENT_VERSION_UNKNOWN',
    })
  })
})

describe('a fork', () => {
  test('counts what it took over among the outputs that it may have', async () => {
    const large = { id: 'large', kind: 'transform', expression: '$pad("", 100000, "x")' }
    const first = await engine.start({ steps: [large, { ...large, id: 'small', expression: '"small"' }] })
    await engine.ended(first)
    const fork = await forkRun(owning(), { runId: first, fromStep: 'small' })
    await engine.ended(fork.id)
    expect(await engine.query('select payload_bytes as bytes from agents.run where id = ?', [fork.id])).toEqual([
      { bytes: String(100_002 + 7) },
    ])
  })

  test('takes over what had ended before the step, does the rest anew, and is linked to the run it goes on from', async () => {
    const first = await engine.start(
      {
        steps: [post('a'), post('b'), post('c', { when: 'input.tag != "f1"' }), post('d')],
        output: 'steps.a.body.done',
      },
      { tag: 'f1' },
    )
    await engine.ended(first)
    const { data } = await engine.agents.ask(
      engine.place.owner,
      'mutation ($input: ForkRunInput!) { forkRun(input: $input) { id forkedStep forkedFrom { id } } }',
      { input: { runId: first, fromStep: 'b', input: { tag: 'f2' } } },
    )
    expect(data?.forkRun).toMatchObject({ forkedStep: 'b', forkedFrom: { id: first } })
    const id = idOf(data?.forkRun)
    expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED', output: '/f1/a' })
    expect(['f1/a', 'f2/a', 'f2/b', 'f2/c', 'f2/d'].map((path) => arrivedAt(`/${path}`).length)).toEqual([
      1, 0, 1, 1, 1,
    ])
    expect((await engine.steps(id)).map(({ path }) => path)).toEqual(['a', 'b', 'c', 'd'])
    const keys = await engine.query<{ path: string; key: string }>(
      'select path, effect_key as key from agents.step where run_id = ?',
      [id],
    )
    for (const { path, key } of keys) expect(key).toBe(effectKeyOf(id, path))
  })

  test('goes on within a map and a loop with the items and the iteration that were decided', async () => {
    const map = { id: 'm', kind: 'map', items: '[$random(), $random()]', concurrency: 1, steps: [post('a'), post('b')] }
    const inner = { id: 'i', kind: 'transform', expression: 'index' }
    const loop = { id: 'l', kind: 'loop', until: 'index = 2', maxIterations: 5, steps: [inner] }
    const first = await engine.start({ steps: [loop, map] }, { tag: 'g1' })
    await engine.ended(first)
    const inMap = await forkRun(owning(), { runId: first, fromStep: 'm[1]/b' })
    expect(await engine.ended(inMap.id)).toMatchObject({ status: 'SUCCEEDED' })
    expect(arrivedAt('/g1/a')).toHaveLength(2)
    expect(arrivedAt('/g1/b')).toHaveLength(3)
    const itemsOf = async (runId: string) => (await engine.steps(runId)).find(({ path }) => path === 'm')?.state
    expect(await itemsOf(inMap.id)).toEqual(await itemsOf(first))
    const inLoop = await forkRun(owning(), { runId: first, fromStep: 'l[1]/i' })
    expect(await engine.ended(inLoop.id)).toMatchObject({ status: 'SUCCEEDED' })
    expect((await engine.steps(inLoop.id)).find(({ path }) => path === 'l')?.output).toBe(2)
  })

  test('does again what was undone, and leaves what it took over to the other run to undo', async () => {
    const failing = { id: 'bad', kind: 'transform', expression: '$error("no")' }
    const undone = (id: string) => ({ compensate: [post(id)] })
    const first = await engine.start({ steps: [post('a', undone('ua')), failing] }, { tag: 'h1' })
    await engine.ended(first)
    const again = await forkRun(owning(), { runId: first, fromStep: 'bad' })
    await engine.ended(again.id)
    expect([arrivedAt('/h1/a').length, arrivedAt('/h1/ua').length]).toEqual([2, 2])

    const fine = await engine.start(
      { steps: [post('a', undone('ua')), { ...failing, expression: 'input.bad ? $error("no") : 1' }] },
      { tag: 'h2' },
    )
    await engine.ended(fine)
    const bad = await forkRun(owning(), { runId: fine, fromStep: 'bad', input: { tag: 'h2', bad: true } })
    expect(await engine.ended(bad.id)).toMatchObject({ status: 'FAILED' })
    expect([arrivedAt('/h2/a').length, arrivedAt('/h2/ua').length]).toEqual([1, 0])
  })
})

describe('both', () => {
  test('are refused to who may not see what the run works with, and do not tell them of another’s run', async () => {
    const id = await engine.start({ steps: [{ id: 'a', kind: 'transform', expression: '1' }] })
    await engine.ended(id)
    const holding = (...scopes: string[]) => ({ ...memberCaller(engine.place.organizationId, []), scopes })
    const codes = async (...scopes: string[]) => {
      const ctx = engine.agents.ctxFor(holding(...scopes))
      const asked = [replayRun(ctx, { runId: id }), forkRun(ctx, { runId: id, fromStep: 'a' })]
      return (await Promise.allSettled(asked)).map((each) => each.status === 'rejected' && each.reason.code)
    }
    expect(await codes('run:replay')).toEqual(['NOT_FOUND', 'NOT_FOUND'])
    expect(await codes('run:replay', 'run:read')).toEqual(['FORBIDDEN', 'FORBIDDEN'])
    expect(await codes('run:replay', 'run:read', 'run:inspect')).toEqual([false, false])
    const outsider = newPlace(engine.agents).owning()
    await expect(forkRun(outsider, { runId: id, fromStep: 'a' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('tell of a step that the run has not begun', async () => {
    const id = await engine.start({ steps: [{ id: 'a', kind: 'transform', expression: '1' }] })
    await engine.ended(id)
    const forked = forkRun(owning(), { runId: id, fromStep: 'b' })
    await expect(forked).rejects.toMatchObject({ code: 'RUN_STEP_UNKNOWN' })
  })
})
