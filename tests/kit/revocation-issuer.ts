import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import { keyQuestion, type VerifiedKey } from '#platform/caller/verified-key'
import { createApp } from '#platform/http/create-app'
import { registerSignedRoute } from '#platform/http/signed-route'
import { createLogger } from '#platform/log/logger'
import { createMetrics } from '#platform/telemetry/metrics'
import { Tracer } from '#platform/telemetry/tracer'

export interface RevocationIssuer {
  readonly origin: string
  /** Base64; what requests and answers are signed with. */
  readonly key: string
  readonly lines: { sequence: number; subject: string; expiresAt: Date }[]
  /** How many lines one answer holds. */
  linesMax: number
  /** Whether the list answers; the keys always do. */
  up: boolean
  reads: number
  /** What API keys stand for, by their text. */
  readonly apiKeys: Map<string, VerifiedKey>
  /** The API keys that were asked for, in order. */
  readonly asked: string[]
  /** Awaited before a key is answered for. */
  beforeAnswer: () => Promise<void>
  /** Appends a line. */
  revoke(subject: string): number
  close(): Promise<void>
}

/** Stands in for identity: a revocation list and API keys behind their signed addresses, and the keys of a token issuer at the same origin. */
export async function openRevocationIssuer(jwksUrl: string, key = randomBytes(32)): Promise<RevocationIssuer> {
  const log = createLogger({ service: 'test', version: '0', environment: 'test', level: 'silent' })
  const app = createApp({ log, metrics: createMetrics('test'), tracer: new Tracer(0, null), bodyBytesMax: 10_000 })
  app.addHook('onRequest', async ({ method }, reply) =>
    issuer.up || method === 'GET' ? undefined : reply.code(503).send(),
  )
  app.get('/.well-known/jwks.json', async () => (await fetch(jwksUrl)).json())
  registerSignedRoute(app, log, {
    path: '/revocations',
    audience: 'revocations',
    key,
    body: z.object({ after: z.number() }),
    handle: async ({ after }) => {
      issuer.reads += 1
      const lines = issuer.lines.filter(({ sequence }) => sequence > after).slice(0, issuer.linesMax)
      const last = issuer.lines.at(-1)?.sequence ?? 0
      return { lines, revision: lines.length === issuer.linesMax ? (lines.at(-1)?.sequence ?? last) : last }
    },
  })
  registerSignedRoute(app, log, {
    path: '/api-keys/verify',
    audience: 'api-keys',
    key,
    body: keyQuestion,
    handle: async ({ key: text }) => {
      issuer.asked.push(text)
      const found = issuer.apiKeys.get(text) ?? null
      await issuer.beforeAnswer()
      return { key: found }
    },
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const issuer: RevocationIssuer = {
    origin: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    key: key.toString('base64'),
    lines: [],
    linesMax: 10_000,
    up: true,
    reads: 0,
    apiKeys: new Map(),
    asked: [],
    beforeAnswer: async () => undefined,
    revoke(subject) {
      const sequence = (issuer.lines.at(-1)?.sequence ?? 0) + 1
      issuer.lines.push({ sequence, subject, expiresAt: new Date(Date.now() + 960_000) })
      return sequence
    },
    close: () => app.close(),
  }
  return issuer
}
