import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { read } from '#platform/db/read'
import { registerSignedRoute } from '#platform/http/signed-route'
import { isId } from '#platform/id'
import { type RouteServices, routeCtx } from '#platform/subgraph/define'
import type { IdentityConfig } from '../config.ts'
import type { IdentityParts } from '../identity.context.ts'
import { currentRights } from './current-rights.ts'

/**
 * `POST /current-scopes`: for the worker alone, before it acts for somebody. Answers `{ scopes }`, null for who is no member
 * of the organization that the caller works in, or a deactivated one.
 */
export function registerCurrentScopes(
  app: FastifyInstance,
  services: RouteServices<IdentityConfig, IdentityParts>,
): void {
  registerSignedRoute(app, services.runtime.log, {
    path: '/current-scopes',
    audience: 'current-scopes',
    key: services.config.workerRequestKey,
    body: z.object({ userId: z.string().refine(isId) }),
    handle: async ({ userId }, caller, request) => {
      Object.assign(request.logFields, { organizationId: caller.organizationId })
      const rights = await read(routeCtx(services, caller, request), (em) =>
        currentRights(em, caller.organizationId, userId),
      )
      return { scopes: rights?.scopes ?? null }
    },
  })
}
