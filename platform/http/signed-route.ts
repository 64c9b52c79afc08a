import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Caller } from '../caller/caller.ts'
import { RequestVerifier, signAnswer, type Verified } from '../caller/message-signature.ts'
import { DomainError } from '../errors/domain-error.ts'
import type { Logger } from '../log/logger.ts'
import type { NonceStore } from '../replay/nonce-store.ts'
import { errorBody } from './create-app.ts'

/** An address that only our own processes may call. */
export interface SignedRoute<Body extends z.ZodType> {
  readonly path: string
  /** Who the signature must be meant for: one name for each route, so that no signature opens two. */
  readonly audience: string
  readonly key: Uint8Array
  readonly body: Body
  /** Where a request changes or issues something: refuses it a second time at every process, not at this one alone. */
  readonly nonces?: NonceStore
  /** @returns the answer; a DomainError becomes a 403 with its code and public words */
  readonly handle: (body: z.output<Body>, caller: Caller, request: FastifyRequest) => Promise<unknown>
}

/** `POST path` with JSON for holders of `key`, who sign as the system (`signRequest`); everybody else gets 401. Answers are signed too. */
export function registerSignedRoute<Body extends z.ZodType>(
  app: FastifyInstance,
  log: Logger,
  { path, audience, key, body: shape, nonces, handle }: SignedRoute<Body>,
): void {
  const verifier = new RequestVerifier(audience, key)
  app.register(async (guarded) => {
    guarded.removeAllContentTypeParsers()
    guarded.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    guarded.post(path, async (request, reply) => {
      const body = request.body as Buffer
      const verified = verifier.verify({ method: 'POST', path, body }, request.headers)
      const fault = await faultOf(verified, nonces)
      if (!verified.ok || fault !== undefined) {
        log.warn({ requestId: request.id, route: path, reason: fault, address: request.ip }, 'unsigned request refused')
        return reply.code(401).send(errorBody('UNAUTHENTICATED', 'This address answers our own processes only.'))
      }
      const wanted = shape.safeParse(jsonOf(body))
      if (!wanted.success) return reply.code(400).send(errorBody('BAD_USER_INPUT', 'The request is not of the shape.'))
      try {
        const answer = JSON.stringify(await handle(wanted.data, verified.caller, request))
        return reply
          .header('signature', signAnswer(String(request.headers.signature), answer, key))
          .type('application/json')
          .send(answer)
      } catch (error) {
        if (!(error instanceof DomainError)) throw error
        if (error.internal !== undefined) log.warn({ requestId: request.id, route: path, err: error }, 'refused')
        return reply.code(403).send(errorBody(error.code, error.message))
      }
    })
  })
}

async function faultOf(verified: Verified, nonces: NonceStore | undefined): Promise<string | undefined> {
  if (!verified.ok) return verified.reason
  if (verified.caller.kind !== 'system') return 'not the system'
  return nonces === undefined || (await nonces.firstUse(verified)) ? undefined : 'seen before, at another process'
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}
