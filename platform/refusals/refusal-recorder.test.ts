import { afterEach, describe, expect, it } from 'vitest'
import { waitFor } from '../../tests/kit/wait-for.ts'
import { anonymousCaller } from '../caller/caller.ts'
import { newId } from '../id.ts'
import { createLogger } from '../log/logger.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { continueTrace } from '../telemetry/trace-context.ts'
import type { Refusal, RefusalBatch } from './refusal.ts'
import { RefusalLog } from './refusal-log.ts'
import { BatchUnwantedError, RefusalRecorder, type RefusalRecorderOptions } from './refusal-recorder.ts'

const refusalBy = (userId: string): Refusal => ({
  caller: { ...anonymousCaller(null), kind: 'user', userId },
  coordinate: 'User.email',
  code: 'FORBIDDEN',
  requestId: newId(),
  traceparent: continueTrace(undefined),
})

const open: RefusalRecorder[] = []
afterEach(() => Promise.all(open.splice(0).map((recorder) => recorder.close())))

function openRecorder(deliver: RefusalRecorderOptions['deliver'], more: Partial<RefusalRecorderOptions> = {}) {
  const metrics = createMetrics('test')
  const recorder = new RefusalRecorder({
    metricPrefix: 'gateway',
    deliver,
    log: createLogger({ service: 'test', version: '0', environment: 'test', level: 'silent' }),
    metrics,
    held: new RefusalLog({ keysMax: 100, keysOfSourceMax: 10, quietMs: 0 }),
    flushMs: 5,
    deadlineMs: 200,
    retryMs: { first: 5, most: 20 },
    ...more,
  }).start()
  open.push(recorder)
  const dropped = async (reason: string) => {
    const metric = await metrics.registry.getSingleMetric('gateway_refusals_dropped_total')?.get()
    return metric?.values.find(({ labels }) => labels.reason === reason)?.value ?? 0
  }
  return { recorder, dropped }
}
const countsOf = (batches: readonly RefusalBatch[]) => batches.flatMap(({ refusals }) => refusals.map((r) => r.count))

describe('refusals', () => {
  it('are handed over in the background', async () => {
    const taken: RefusalBatch[] = []
    const { recorder } = openRecorder(async (batch) => taken.push(batch))
    recorder.refused(refusalBy('u1'), 2_000)
    await waitFor('the batch', () => taken.length > 0)
    expect(countsOf(taken)).toEqual([2_000])
  })

  it('are handed over again as the same batch until it is taken, one at a time', async () => {
    const tried: RefusalBatch[] = []
    let [under, most, failures] = [0, 0, 3]
    const { recorder } = openRecorder(async (batch) => {
      tried.push(batch)
      most = Math.max(most, ++under)
      await new Promise((resolve) => setTimeout(resolve, 5))
      under -= 1
      if (failures-- > 0) throw new Error('not now')
    })
    recorder.refused(refusalBy('u1'))
    await waitFor('three attempts', () => tried.length >= 3)
    recorder.refused(refusalBy('u2'))
    await waitFor('the second batch', () => new Set(tried.map(({ id }) => id)).size === 2)
    expect(new Set(tried.slice(0, 4).map(({ id }) => id)).size).toBe(1)
    expect(most).toBe(1)
  })

  it('that nobody takes for long are bounded and counted, cost no time, and arrive when somebody does', async () => {
    let isDown = true
    const taken: RefusalBatch[] = []
    const { recorder, dropped } = openRecorder(async (batch) => {
      if (isDown) throw new Error('down')
      taken.push(batch)
    })
    recorder.refused(refusalBy('first'))
    const refusals = Array.from({ length: 20_000 }, (_, i) => refusalBy(`u${i % 500}`))
    const started = process.cpuUsage()
    for (const refusal of refusals) recorder.refused(refusal)
    const { user, system } = process.cpuUsage(started)
    expect((user + system) / 1_000).toBeLessThan(500)
    const lost = await dropped('full')
    expect(lost).toBe(400 * 40 + 40)
    isDown = false
    await waitFor('all that was held', () => countsOf(taken).length === 100)
    expect(countsOf(taken).reduce((a, b) => a + b)).toBe(20_001 - lost)
  })

  it('that are unwanted are not offered again, and hold up nobody', async () => {
    let attempts = 0
    const taken: RefusalBatch[] = []
    const { recorder, dropped } = openRecorder(async (batch) => {
      attempts += 1
      if (batch.refusals.some(({ actor }) => actor.id === 'bad')) throw new BatchUnwantedError('400')
      taken.push(batch)
    })
    recorder.refused(refusalBy('bad'), 7)
    await waitFor('the drop', async () => (await dropped('unwanted')) === 7)
    recorder.refused(refusalBy('good'))
    await waitFor('the next', () => taken.length === 1)
    expect(attempts).toBe(2)
  })

  it('that are not taken in all the time there is make place for the next', async () => {
    const { recorder, dropped } = openRecorder(() => Promise.reject(new Error('never')), { giveUpMs: 30 })
    recorder.refused(refusalBy('u1'), 3)
    await waitFor('the drop', async () => (await dropped('not_delivered')) === 3)
  })

  it('are tried again when the other side hangs', async () => {
    const tried: RefusalBatch[] = []
    const { recorder } = openRecorder((batch) => {
      tried.push(batch)
      return tried.length === 1 ? new Promise(() => undefined) : Promise.resolve()
    })
    recorder.refused(refusalBy('u1'))
    await waitFor('the second attempt', () => tried.length === 2)
    expect(tried[0]?.id).toBe(tried[1]?.id)
  })
})

describe('at the end of a process refusals', () => {
  it('that are not ready yet are handed over too', async () => {
    const taken: RefusalBatch[] = []
    const held = new RefusalLog({ keysMax: 1_000, keysOfSourceMax: 10, quietMs: 60_000 })
    const { recorder } = openRecorder(async (batch) => taken.push(batch), { held })
    for (let i = 0; i < 500; i += 1) recorder.refused(refusalBy(`u${i}`))
    await recorder.close()
    expect(taken.map(({ refusals }) => refusals.length)).toEqual([200, 200, 100])
  })

  it('that nobody takes are counted, and hold it up no longer than the deadline', async () => {
    const { recorder, dropped } = openRecorder(() => new Promise(() => undefined))
    recorder.refused(refusalBy('u1'), 5)
    const started = performance.now()
    await recorder.close()
    expect(performance.now() - started).toBeLessThan(1_000)
    expect(await dropped('not_delivered')).toBe(5)
  })
})
