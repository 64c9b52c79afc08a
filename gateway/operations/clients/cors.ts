import type { FastifyInstance, FastifyReply } from 'fastify'
import type { CorsPolicies, CorsPolicy } from './cors-policies.ts'

/** Answer headers that pages may read, beyond those that they always may. */
const exposed = 'age, retry-after, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, x-request-id'

/**
 * Answers pages of other origins (Fetch standard §3.2 “CORS protocol”): those of clients get what their profile says, all
 * others no CORS header, so that their browser shows them nothing. Belongs before every other hook, so that refusals can
 * be read too.
 */
export function answerCors(app: FastifyInstance, policies: CorsPolicies): void {
  if (policies.isEmpty) return
  app.addHook('onRequest', async (request, reply) => {
    const { origin, 'access-control-request-method': wanted } = request.headers
    const isPreflight = request.method === 'OPTIONS' && origin !== undefined && wanted !== undefined
    const policy = origin === undefined ? undefined : policies.of(origin)
    if (origin !== undefined && policy !== undefined) allow(reply, origin, policy)
    if (!isPreflight) return undefined
    if (policy !== undefined)
      reply.headers({
        'access-control-allow-methods': policy.methods,
        'access-control-allow-headers': policy.headers,
        'access-control-max-age': policy.maxAgeSeconds,
      })
    return reply.code(204).send()
  })
  app.addHook('onSend', async (_request, reply) => {
    vary(reply)
  })
}

function allow(reply: FastifyReply, origin: string, { credentials }: CorsPolicy): void {
  reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', exposed)
  if (credentials) reply.header('access-control-allow-credentials', 'true')
}

/** Also where no header was given: a cache must not hand that answer to a page that would get one. */
function vary(reply: FastifyReply): void {
  const others = String(reply.getHeader('vary') ?? '')
  if (!/(^|,) *(origin|\*) *(,|$)/i.test(others)) reply.header('vary', others === '' ? 'origin' : `${others}, origin`)
}
