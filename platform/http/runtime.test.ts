import { Agent, request } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { waitFor } from '../../tests/kit/wait-for.ts'
import { createApp } from './create-app.ts'
import { registerProbes } from './probes.ts'
import { Runtime } from './runtime.ts'

const config = {
  environment: 'development',
  logLevel: 'silent',
  host: '127.0.0.1',
  shutdownDelayMs: 0,
  shutdownGraceMs: 1_000,
  telemetry: { traces: null, sampleRatio: 0 },
} as const

/** A service with a request that lasts until it is released, and a stream that lasts until it is ended. */
async function openService() {
  const runtime = new Runtime('test', config)
  const events: string[] = []
  const held = Promise.withResolvers<void>()
  const stream = Promise.withResolvers<void>()
  for (const name of ['first', 'second']) runtime.onClose(name, () => void events.push(`closed ${name}`))
  runtime.onDrain('streams', () => {
    events.push('ended streams')
    stream.resolve()
  })
  const app = createApp({ log: runtime.log, metrics: runtime.metrics, tracer: runtime.tracer, bodyBytesMax: 1_000 })
  registerProbes(app, runtime.health)
  app.get('/now', async () => 'now')
  app.get('/held', async () => {
    events.push('began')
    await held.promise
    events.push('finished')
    return 'late'
  })
  app.get('/stream', async () => {
    events.push('streams')
    await stream.promise
    return 'ended'
  })
  const url = await runtime.listen(app, '127.0.0.1', 0)
  onTestFinished(async () => {
    held.resolve()
    stream.resolve()
    await runtime.close()
  })
  return { runtime, events, url, release: held.resolve }
}

/** A request over one connection that the client would keep. */
function get(url: string, agent: Agent): Promise<{ status: number; connection: string | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    request(url, { agent }, (response) => {
      let body = ''
      response.on('data', (data) => {
        body += data
      })
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, connection: response.headers.connection, body }),
      )
    })
      .on('error', reject)
      .end()
  })
}

test('a service that ends is ready no more, ends what would last, finishes what runs, and closes the rest last first', async () => {
  const { runtime, events, url, release } = await openService()
  const held = fetch(`${url}/held`)
  const stream = fetch(`${url}/stream`)
  await waitFor('both requests', () => events.length === 2)
  const closing = runtime.close()
  expect(await (await stream).text()).toBe('ended')
  await waitFor('listening no more', () =>
    fetch(`${url}/now`).then(
      () => false,
      () => true,
    ),
  )
  release()
  expect(await (await held).text()).toBe('late')
  await closing
  expect(events.slice(2)).toEqual(['ended streams', 'finished', 'closed second', 'closed first'])
})

test('while it drains it serves, says that it is not ready, and asks clients to connect anew', async () => {
  const { runtime, url } = await openService()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  expect(await get(`${url}/now`, agent)).toEqual({ status: 200, connection: 'keep-alive', body: 'now' })
  runtime.health.drain()
  expect(await get(`${url}/health/ready`, agent)).toMatchObject({ status: 503, connection: 'close' })
  expect(await get(`${url}/now`, agent)).toEqual({ status: 200, connection: 'close', body: 'now' })
  expect(await get(`${url}/health/live`, agent)).toMatchObject({ status: 200 })
})

test('a part that fails to close keeps no other from it', async () => {
  const { runtime, events } = await openService()
  runtime.onClose('broken', () => Promise.reject(new Error('broken')))
  await runtime.close()
  expect(events).toEqual(['ended streams', 'closed second', 'closed first'])
})
