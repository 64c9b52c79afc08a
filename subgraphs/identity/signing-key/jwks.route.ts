import type { FastifyInstance } from 'fastify'
import { errorBody } from '#platform/http/create-app'
import type { KeyRing } from './key-ring.ts'

/** `GET /.well-known/jwks.json`: the public keys that verify access tokens (RFC 7517 §5), next and retired ones too. */
export function registerJwks(app: FastifyInstance, ring: KeyRing): void {
  app.get('/.well-known/jwks.json', async (_request, reply) => {
    const keys = ring.published
    if (keys === undefined) {
      const words = errorBody('SIGNING_KEYS_UNAVAILABLE', 'The keys have not been read yet.')
      return reply.code(503).header('retry-after', '1').send(words)
    }
    return reply
      .header('cache-control', 'public, max-age=60')
      .type('application/jwk-set+json')
      .send(JSON.stringify({ keys }))
  })
}
