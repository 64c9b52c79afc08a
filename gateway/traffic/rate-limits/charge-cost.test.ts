import { expect, test } from 'vitest'
import { anonymousCaller } from '#platform/caller/caller'
import { createMetrics } from '#platform/telemetry/metrics'
import type { Answer, Operation } from '../../execution/operation.ts'
import type { EdgeContext } from '../../execution/request-context.ts'
import { chargeCost } from './charge-cost.ts'
import { RequestLimits } from './request-limits.ts'
import { RequestRate } from './request-rate.ts'

const off = { perAddress: null, perUser: null, perOrganization: null }

/** Operations that say by themselves what they cost at most, and what they do cost. */
function openBudget(client: { name: string; costPerMinute: number | null }) {
  const executed: string[] = []
  const rate = new RequestRate()
  const limits = new RequestLimits(off, rate, createMetrics('test'))
  const stage = chargeCost(limits, {
    estimate: ({ variables }) => ({ cost: Number(variables.estimate) }),
    actual: (_operation, { extensions }) => Number(extensions?.cost),
  })
  const run = (estimate: number, actual: number | Error, address = '203.0.113.1', clientGone = staying) => {
    const execute = stage(async (): Promise<Answer> => {
      executed.push(address)
      if (actual instanceof Error) throw actual
      return { extensions: { cost: actual } }
    })
    const context = { caller: anonymousCaller(address), client, clientGone } as unknown as EdgeContext
    return execute({ variables: { estimate } } as unknown as Operation, context)
  }
  const left = async (address = '203.0.113.1') =>
    (await rate.peek(`cost:web:${address}`, client.costPerMinute ?? 0)).remaining
  return { run, left, executed }
}
const staying = new AbortController().signal
const web = { name: 'web', costPerMinute: 100 }

test('what an operation cost less than it might have is given back', async () => {
  const { run, left } = openBudget(web)
  await run(60, 10)
  expect(await left()).toBe(90)
  await run(60, 60)
  expect(await left()).toBe(30)
})

test('an operation that the rest of the budget does not pay is refused unexecuted, and costs nothing', async () => {
  const { run, left, executed } = openBudget(web)
  await run(70, 70)
  await expect(run(40, 1)).rejects.toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterSeconds: 60 } })
  expect(executed).toHaveLength(1)
  expect(await left()).toBe(30)
  await run(30, 30)
  expect(await left()).toBe(0)
  await expect(run(1, 1)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
})

test('an operation that no minute pays is refused as too complex: waiting would not help', async () => {
  const { run, left, executed } = openBudget(web)
  await expect(run(101, 1)).rejects.toMatchObject({ code: 'OPERATION_TOO_COMPLEX' })
  expect([executed, await left()]).toEqual([[], 100])
})

test('of what runs at once no more is begun than the budget pays at most', async () => {
  const { run, executed } = openBudget(web)
  const all = await Promise.allSettled(Array.from({ length: 10 }, () => run(40, 1)))
  expect(executed.length).toBe(2)
  expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(8)
})

test('whoever asks has a budget for themselves', async () => {
  const { run, left } = openBudget(web)
  await run(100, 100)
  await run(100, 100, '203.0.113.2')
  expect([await left(), await left('203.0.113.2')]).toEqual([0, 0])
})

test('an operation that broke gets its charge back', async () => {
  const { run, left } = openBudget(web)
  await expect(run(10, new Error('broken'))).rejects.toThrow('broken')
  expect(await left()).toBe(100)
})

test('without a budget nothing is charged', async () => {
  const { run, executed } = openBudget({ name: 'web', costPerMinute: null })
  for (let i = 0; i < 20; i += 1) await run(1_000_000, 1_000_000)
  expect(executed).toHaveLength(20)
})

test('a client that leaves while it is answered pays what was asked for', async () => {
  const { run, left } = openBudget(web)
  await run(60, 0, '203.0.113.1', AbortSignal.abort())
  expect(await left()).toBe(40)
})
