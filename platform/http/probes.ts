import type { FastifyInstance } from 'fastify'
import type { Health } from './health.ts'

/**
 * The three probes under `prefix`: `/health` and `/health/live` answer as long as the process does and touch nothing;
 * `/health/ready` answers 503 with Retry-After while the process should get no traffic.
 */
export function registerProbes(app: FastifyInstance, health: Health, prefix = ''): void {
  const live = async () => ({ status: 'UP' })
  app.get(`${prefix}/health`, live)
  app.get(`${prefix}/health/live`, live)
  app.get(`${prefix}/health/ready`, async (_request, reply) => {
    const reason = await health.reason()
    if (reason === undefined) return { status: 'UP' }
    return reply.code(503).header('retry-after', '1').send({ status: 'DOWN', reason })
  })
}
