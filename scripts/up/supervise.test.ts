import { expect, onTestFinished, test } from 'vitest'
import { waitFor } from '../../tests/kit/wait-for.ts'
import { type Supervised, supervise, type Unit } from './supervise.ts'

/** A unit whose end the test decides. */
function unitOf(pid: number, ready: Promise<void> = Promise.resolve()) {
  const end = Promise.withResolvers<string>()
  const unit: Unit = { pid, ended: end.promise, ready, stop: async () => end.resolve('SIGTERM') }
  return { unit, end: () => end.resolve('exit code 1') }
}

async function supervised(start: (count: number) => Unit | Promise<Unit>, firstPauseMs = 5) {
  const said: string[] = []
  let starts = 0
  let restarts = 0
  const kept: Supervised = await supervise({
    name: 'toy',
    start: () => start(++starts),
    say: (line) => said.push(line),
    onRestart: () => {
      restarts += 1
    },
    firstPauseMs,
    longestPauseMs: 20,
  })
  onTestFinished(() => kept.stop())
  return { kept, said, starts: () => starts, restarts: () => restarts }
}

test('what ends by itself is started again under its new id', async () => {
  const first = unitOf(1)
  const { kept, said, restarts } = await supervised((count) => (count === 1 ? first.unit : unitOf(count).unit))
  await kept.ready
  first.end()
  await waitFor('a restart', () => restarts() === 1)
  expect(kept.pid).toBe(2)
  expect(said).toEqual(['toy ended (exit code 1): it is started again'])
})

test('a restart that fails is tried again until it works', async () => {
  const first = unitOf(1)
  const { kept, said, restarts } = await supervised((count) => {
    if (count === 1) return first.unit
    if (count < 4) throw new Error('no room')
    return unitOf(count).unit
  })
  await kept.ready
  first.end()
  await waitFor('a restart', () => restarts() === 1)
  expect(kept.pid).toBe(4)
  expect(said.filter((line) => line === 'toy could not be started again: no room')).toHaveLength(2)
})

test('what ends before it was ready is not started again: its starter decides', async () => {
  const { unit, end } = unitOf(1, Promise.reject(new Error('never')))
  const { kept, starts } = await supervised(() => unit)
  end()
  await expect(kept.ready).rejects.toThrow('never')
  await kept.stop()
  expect(starts()).toBe(1)
})

test('a first start that fails is the caller’s', async () => {
  const start = () => Promise.reject(new Error('no room'))
  await expect(supervise({ name: 'toy', start, say: () => undefined, onRestart: () => undefined })).rejects.toThrow(
    'no room',
  )
})

test('what is stopped stays stopped, even while it waits to be started again', async () => {
  const first = unitOf(1)
  const { kept, starts, said } = await supervised(() => first.unit, 60_000)
  await kept.ready
  first.end()
  await waitFor('the end was seen', () => said.length === 1)
  await kept.stop()
  expect(starts()).toBe(1)
})
