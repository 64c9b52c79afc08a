import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import { scopes as allScopes } from '#platform/caller/scopes'
import { createApp } from '#platform/http/create-app'
import { registerSignedRoute } from '#platform/http/signed-route'
import { createLogger } from '#platform/log/logger'
import { createMetrics } from '#platform/telemetry/metrics'
import { Tracer } from '#platform/telemetry/tracer'

/** Stands in for identity before a worker: says what people may do now. Whoever nothing was said of may do everything. */
export async function openPeopleServer(workerKey: string) {
  const log = createLogger({ service: 'test', version: '0', environment: 'test', level: 'silent' })
  const app = createApp({ log, metrics: createMetrics('test'), tracer: new Tracer(0, null), bodyBytesMax: 10_000 })
  const people = {
    url: '',
    /** By user: their scopes, or null for who is disabled or has left. */
    scopes: new Map<string, readonly string[] | null>(),
    /** Who was asked about, in order. */
    asked: [] as string[],
    up: true,
    close: () => app.close(),
  }
  app.addHook('onRequest', async (_request, reply) => (people.up ? undefined : reply.code(503).send()))
  registerSignedRoute(app, log, {
    path: '/current-scopes',
    audience: 'current-scopes',
    key: Buffer.from(workerKey, 'base64'),
    body: z.object({ userId: z.string() }),
    handle: async ({ userId }) => {
      people.asked.push(userId)
      const known = people.scopes.get(userId)
      return { scopes: known === undefined ? allScopes : known }
    },
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  people.url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  return people
}
