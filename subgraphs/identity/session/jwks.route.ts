import type { FastifyInstance } from 'fastify'
import type { TokenSigner } from './token-signer.ts'

/** `GET /.well-known/jwks.json`: the public keys that verify access tokens (RFC 7517). */
export function registerJwks(app: FastifyInstance, signer: TokenSigner): void {
  app.get('/.well-known/jwks.json', async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=60').send({ keys: [signer.publicJwk] }),
  )
}
