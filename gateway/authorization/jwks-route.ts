import type { FastifyInstance } from 'fastify'
import { SubgraphUnavailableError } from '../errors/edge.errors.ts'
import { sendRefusal } from '../errors/send-refusal.ts'
import type { TrustedKeys } from './trusted-keys.ts'

/** `GET {base}/.well-known/jwks.json`: the public keys that access tokens are checked against (RFC 7517 §5). */
export function registerJwks(app: FastifyInstance, basePath: string, keys: TrustedKeys): void {
  app.get(`${basePath}/.well-known/jwks.json`, async (_request, reply) => {
    const set = keys.published
    if (set === null) return sendRefusal(reply, new SubgraphUnavailableError('The keys cannot be read right now.'))
    return reply
      .header('cache-control', 'public, max-age=60')
      .type('application/jwk-set+json')
      .send(JSON.stringify(set))
  })
}
