import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import { type keyAnswer, keyQuestion } from '#platform/caller/verified-key'
import { registerSignedRoute } from '#platform/http/signed-route'
import { type RouteServices, routeCtx } from '#platform/subgraph/define'
import type { IdentityConfig } from '../config.ts'
import type { IdentityParts } from '../identity.context.ts'
import { verifyApiKey } from './verify-api-key.ts'

/** `POST /api-keys/verify`: for the gateways, which have no database. The key's text stands in the body, which no log holds. */
export function registerApiKeys(app: FastifyInstance, services: RouteServices<IdentityConfig, IdentityParts>): void {
  registerSignedRoute(app, services.runtime.log, {
    path: '/api-keys/verify',
    audience: 'api-keys',
    key: services.config.requestKey,
    body: keyQuestion,
    nonces: services.nonces,
    handle: async ({ key: text }, caller, request): Promise<z.input<typeof keyAnswer>> => {
      const key = await verifyApiKey(routeCtx(services, caller, request), text)
      Object.assign(request.logFields, { apiKeyId: key?.apiKeyId, organizationId: key?.organizationId })
      return { key }
    },
  })
}
