import type { FastifyInstance } from 'fastify'
import { RequestVerifier } from '#platform/caller/message-signature'
import { DomainError } from '#platform/errors/domain-error'
import { errorBody } from '#platform/http/create-app'
import type { RouteServices } from '#platform/subgraph/define'
import type { IdentityConfig } from '../config.ts'
import type { IdentityParts } from '../identity.context.ts'
import { issueRunToken, runTokenRequest } from './issue-run-token.ts'

export const runTokenPath = '/run-tokens'
export const runTokenAudience = 'run-tokens'

/** `POST /run-tokens`: for the worker alone, which signs as the system in the run's organization. */
export function registerRunTokens(app: FastifyInstance, services: RouteServices<IdentityConfig, IdentityParts>): void {
  const { config, db, parts, runtime } = services
  const verifier = new RequestVerifier(runTokenAudience, config.workerRequestKey)
  app.register(async (guarded) => {
    guarded.removeAllContentTypeParsers()
    guarded.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    guarded.post(runTokenPath, async (request, reply) => {
      const body = request.body as Buffer
      const verified = verifier.verify({ method: 'POST', path: runTokenPath, body }, request.headers)
      if (!verified.ok || verified.caller.kind !== 'system') {
        runtime.log.warn(
          { requestId: request.id, reason: verified.ok ? 'not the system' : verified.reason },
          'run token refused',
        )
        return reply.code(401).send(errorBody('UNAUTHENTICATED', 'This address answers the worker only.'))
      }
      const wanted = runTokenRequest.safeParse(JSON.parse(body.toString()))
      if (!wanted.success)
        return reply.code(400).send(errorBody('BAD_USER_INPUT', 'The request is not one for a run token.'))
      const ctx = {
        caller: verified.caller,
        db,
        parts,
        requestId: request.id,
        traceparent: request.traceparent,
        log: runtime.log,
        loaders: new Map(),
      }
      Object.assign(request.logFields, { organizationId: verified.caller.organizationId, runId: wanted.data.runId })
      try {
        return await issueRunToken(ctx, wanted.data)
      } catch (error) {
        if (!(error instanceof DomainError)) throw error
        return reply.code(403).send(errorBody(error.code, error.message))
      }
    })
  })
}
