import { expect, test } from 'vitest'
import { wreakHavoc } from './wreak-havoc.ts'

const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 1e9))

test('kills of workers at any instant strand no run and repeat no completed step', async () => {
  process.stdout.write(`CHAOS_SEED=${seed}\n`)
  const outcome = await wreakHavoc({
    ...{
      seed,
      kills: Number(process.env.CHAOS_KILLS ?? 200),
      workers: 4,
      runsAtOnce: Number(process.env.CHAOS_RUNS ?? 200),
      lifeMsMax: 1_200,
    },
    // A slow machine kills fewer, so that CI keeps within its time; with CHAOS_KILLS it takes what time it needs.
    ...(process.env.CHAOS_KILLS === undefined ? { killMsMax: 60_000 } : {}),
    ...{ drainMs: 60_000, say: (line) => process.stdout.write(`${line}\n`) },
  })
  process.stdout.write(`${JSON.stringify({ ...outcome, faults: outcome.faults.length })}\n`)
  expect(outcome.faults.slice(0, 10)).toEqual([])
  expect(outcome.kills).toBeGreaterThanOrEqual(Math.min(60, Number(process.env.CHAOS_KILLS ?? 60)))
  expect(outcome.fencedAttempts).toBeGreaterThan(0)
}, 300_000)
