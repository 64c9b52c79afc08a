import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { read } from '#platform/db/read'
import { registerSignedRoute } from '#platform/http/signed-route'
import { type RouteServices, routeCtx } from '#platform/subgraph/define'
import type { IdentityConfig } from '../config.ts'
import type { IdentityParts } from '../identity.context.ts'
import { currentRevision, revocationsAfter } from './revocation.queries.ts'

const linesMax = 10_000

/**
 * `POST /revocations`: for the gateways, which ask with the last line that they know, several times a second. `revision` is
 * the line that the answer reaches: the list's last one, unless there are more lines than one answer holds.
 */
export function registerRevocations(
  app: FastifyInstance,
  services: RouteServices<IdentityConfig, IdentityParts>,
): void {
  registerSignedRoute(app, services.runtime.log, {
    path: '/revocations',
    audience: 'revocations',
    key: services.config.requestKey,
    body: z.object({ after: z.number().int().nonnegative() }),
    handle: ({ after }, caller, request) =>
      read(routeCtx(services, caller, request), async (em) => {
        // The end first: what is committed in between stands after it and comes with the next answer.
        const last = await currentRevision(em)
        const lines = last === after ? [] : await revocationsAfter(em, after, linesMax)
        const revision = lines.length === linesMax ? (lines.at(-1)?.sequence ?? last) : last
        return {
          revision,
          lines: lines.filter(({ sequence }) => sequence <= revision),
        }
      }),
  })
}
