import type { FastifyReply, FastifyRequest } from 'fastify'
import { anonymousCaller } from '#platform/caller/caller'
import type { RefusalListener } from '#platform/refusals/refusal'
import { sendRefusal } from '../../errors/send-refusal.ts'
import type { ClientProfile } from './client-profile.ts'
import type { ClientProfiles } from './client-profiles.ts'
import { ClientRefusedError } from './clients.errors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Which client's request it is. Set on routes behind `identifyClient`. */
    client: ClientProfile | null
  }
}

/** Makes an `onRequest` hook that says which client's request it is, once it is known who asks. */
export function identifyClient(profiles: ClientProfiles, refusals: RefusalListener) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const caller = request.caller ?? anonymousCaller(request.ip)
    const { origin, 'x-client-id': clientId } = request.headers
    try {
      const client = profiles.of(caller, { origin, clientId: clientId === undefined ? undefined : String(clientId) })
      request.client = client
      request.logFields.client = client.name
      return undefined
    } catch (error) {
      if (!(error instanceof ClientRefusedError)) throw error
      const { id: requestId, traceparent } = request
      const coordinate = `${request.method} ${request.routeOptions.url ?? ''}`
      refusals.refused({ caller, coordinate, code: error.code, requestId, traceparent })
      return sendRefusal(reply, error)
    }
  }
}
