import type { FastifyInstance } from 'fastify'
import { registerSignedRoute } from '#platform/http/signed-route'
import { type RouteServices, routeCtx } from '#platform/subgraph/define'
import type { IdentityConfig } from '../config.ts'
import type { IdentityParts } from '../identity.context.ts'
import { issueRunToken, runTokenRequest } from './issue-run-token.ts'

/** `POST /run-tokens`: for the worker alone, which signs as the system in the run's organization. */
export function registerRunTokens(app: FastifyInstance, services: RouteServices<IdentityConfig, IdentityParts>): void {
  registerSignedRoute(app, services.runtime.log, {
    path: '/run-tokens',
    audience: 'run-tokens',
    key: services.config.workerRequestKey,
    body: runTokenRequest,
    nonces: services.nonces,
    handle: (wanted, caller, request) => {
      Object.assign(request.logFields, { organizationId: caller.organizationId, runId: wanted.runId })
      return issueRunToken(routeCtx(services, caller, request), wanted)
    },
  })
}
