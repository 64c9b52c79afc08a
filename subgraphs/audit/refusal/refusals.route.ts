import type { FastifyInstance } from 'fastify'
import { systemCaller } from '#platform/caller/caller'
import { registerSignedRoute } from '#platform/http/signed-route'
import { refusalsAudience, refusalsPath } from '#platform/refusals/refusal'
import { auditRecordOf, refusalBatch } from '#platform/refusals/refusal-batch'
import { type RouteServices, routeCtx, type SubgraphConfig } from '#platform/subgraph/define'
import { appendAuditEvents } from '../event/append-audit-event.ts'

/**
 * `POST /refusals`: for the gateway alone, which states of each refusal whose it is, from a token that it verified. Each
 * goes into the trail of that organization; a batch that comes again changes nothing.
 */
export function registerRefusals(app: FastifyInstance, services: RouteServices<SubgraphConfig, unknown>): void {
  registerSignedRoute(app, services.runtime.log, {
    path: refusalsPath,
    audience: refusalsAudience,
    key: services.config.requestKey,
    body: refusalBatch,
    nonces: services.nonces,
    handle: async ({ id, refusals }, _caller, request) => {
      Object.assign(request.logFields, { batchId: id, refusals: refusals.length })
      for (const [organizationId, own] of Map.groupBy(refusals, (refusal) => refusal.organizationId)) {
        const ctx = routeCtx(services, systemCaller(organizationId), request)
        const events = own.map((refusal) => ({ id: refusal.id, record: auditRecordOf(refusal) }))
        await appendAuditEvents(ctx, organizationId, events, true)
      }
      return { taken: refusals.length }
    },
  })
}
