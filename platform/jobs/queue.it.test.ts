import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { openRedis } from '../../scripts/local/redis.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'
import { createLogger } from '../log/logger.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { Tracer } from '../telemetry/tracer.ts'
import { defineJob } from './define-job.ts'
import { QueueMetrics } from './queue.metrics.ts'
import { JobQueue } from './queue.ts'

const home = mkdtempSync(join(tmpdir(), 'forgeops-queue-'))
chmodSync(home, 0o711)
afterAll(() => rmSync(home, { recursive: true, force: true }))

const log = createLogger({ service: 'test', version: '0', environment: 'test', level: 'silent' })
const job = defineJob({ name: 'count', payload: z.object({ n: z.number() }), concurrency: 2 })
const tracer = new Tracer(0, null)
const closed = { close: async () => undefined }

test('a queue goes on after its Redis was restarted and has forgotten everything, on both ends', async () => {
  const first = await openRedis({ home, log: () => undefined })
  const measured = createMetrics('test')
  const metrics = new QueueMetrics(measured)
  const producer = new JobQueue(job, { redisUrl: first.url, log, metrics, tracer, consume: false })
  const consumer = new JobQueue(job, { redisUrl: first.url, log, metrics, tracer, consume: true })
  let redis: { close(): Promise<void> } = first
  try {
    const seen: number[] = []
    consumer.process(async ({ n }) => {
      seen.push(n)
    })
    await producer.add({ n: 1 })
    await waitFor('the first job', () => seen.includes(1))
    expect(await measured.registry.metrics()).toContain('queue_count_jobs{state="waiting",service="test"} 0')

    await first.close()
    redis = closed
    await expect(producer.add({ n: 2 })).rejects.toThrow('did not answer')
    redis = await openRedis({ home, log: () => undefined, port: Number(new URL(first.url).port) })
    await waitFor('a job after the restart', async () => {
      await producer.add({ n: 3 }).catch(() => undefined)
      return seen.includes(3)
    })
  } finally {
    await producer.close(100)
    await consumer.close(100)
    await redis.close()
  }
})

test('a payload that breaks the contract never reaches the queue', async () => {
  const redis = await openRedis({ home, log: () => undefined })
  const producer = new JobQueue(job, {
    redisUrl: redis.url,
    log,
    metrics: new QueueMetrics(createMetrics('test')),
    tracer,
    consume: false,
  })
  await expect(producer.add({ n: 'one' } as never)).rejects.toThrow()
  await producer.close(100)
  await redis.close()
})
