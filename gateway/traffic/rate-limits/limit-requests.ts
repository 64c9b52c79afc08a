import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import { anonymousCaller } from '#platform/caller/caller'
import { RateLimitedError } from '../../errors/edge.errors.ts'
import { sendRefusal } from '../../errors/send-refusal.ts'
import type { Asker, Judgement, RequestLimits } from './request-limits.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Whether this request was counted. */
    isCounted: boolean
  }
}

/** Whoever watches over us is never turned away. */
const freeRoute = /\/health(\/live|\/ready)?$/

/**
 * Counts every request but those of the probes, and refuses what is one too many: first of all those of an address that
 * is known to have had its share, which then cost nothing more. What no `countRequest` counted, such as a request with
 * credentials that are not valid, is counted by its address when it is answered.
 */
export function limitRequests(app: FastifyInstance, limits: RequestLimits): void {
  app.decorateRequest('isCounted', false)
  app.addHook('onRequest', (request, reply, next) => {
    if (isFree(request)) return next()
    const excess = limits.knownExcess(request.ip)
    if (excess === null) return next()
    request.isCounted = true
    refuse(request, reply, excess)
  })
  app.addHook('onSend', (request, reply, payload, next) => {
    if (request.isCounted || isFree(request)) return next(null, payload)
    limits.count(askerOf(request)).then((judgement) => {
      if (judgement !== null) showStanding(reply, judgement)
      next(null, payload)
    }, next)
  })
}

/** Makes a hook that counts a request for whoever was found to ask, and refuses it when it is one too many. */
export const countRequest =
  (limits: RequestLimits): onRequestAsyncHookHandler =>
  async (request, reply) => {
    request.isCounted = true
    const judgement = await limits.count(askerOf(request))
    if (judgement === null) return undefined
    if (judgement.exceeded) return refuse(request, reply, judgement)
    showStanding(reply, judgement)
    return undefined
  }

const askerOf = ({ caller, credential, client, ip }: FastifyRequest): Asker => ({
  caller: caller ?? anonymousCaller(ip),
  keyPerMinute: credential?.requestsPerMinute ?? null,
  client,
})

const isFree = ({ routeOptions }: FastifyRequest) => freeRoute.test(routeOptions.url ?? '')

function refuse(request: FastifyRequest, reply: FastifyReply, judgement: Judgement): FastifyReply {
  request.logFields.rateLimit = judgement.kind
  showStanding(reply, judgement)
  return sendRefusal(reply, new RateLimitedError(judgement.resetSeconds))
}

function showStanding(reply: FastifyReply, { limit, remaining, resetSeconds }: Judgement): void {
  reply
    .header('x-ratelimit-limit', limit)
    .header('x-ratelimit-remaining', remaining)
    .header('x-ratelimit-reset', resetSeconds)
}
