import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { handleProtocols } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { ForbiddenError } from '#platform/errors/common-errors'
import { sendRefusal } from '../../errors/send-refusal.ts'
import type { CorsPolicies } from '../../operations/clients/cors-policies.ts'
import type { EventStreamRequest } from '../answer-by-events.ts'
import { Seats } from '../seats.ts'
import type { SubscriptionSettings } from '../settings.ts'
import { TooManySubscriptionsError } from '../subscription.errors.ts'
import { identifySocket, type SocketIdentityParts } from './identify-socket.ts'
import { SocketConnection, type SocketOpening } from './socket-connection.ts'
import { type SocketServerParts, socketServer } from './socket-server.ts'

export interface SocketParts extends Omit<SocketServerParts, 'admit' | 'perConnection'>, SocketIdentityParts {
  readonly settings: SubscriptionSettings
  readonly cors: Pick<CorsPolicies, 'isOriginAllowed'>
  readonly messageBytesMax: number
}

const retryAfterSeconds = 30

interface Upgrade {
  readonly socket: Duplex
  readonly head: Buffer
}

/**
 * WebSockets on the routes of an application: a handshake is a request like any other, with its hooks and its refusals,
 * until a route accepts it.
 */
export class Sockets {
  readonly #parts: SocketParts
  readonly #server: WebSocketServer
  readonly #protocol: ReturnType<typeof socketServer>
  readonly #seats: Seats
  readonly #upgrades = new WeakMap<IncomingMessage, Upgrade>()

  constructor(app: FastifyInstance, parts: SocketParts) {
    const { settings, messageBytesMax: maxPayload } = parts
    this.#parts = parts
    this.#seats = new Seats(settings, parts.subscriptions.metrics)
    // Compression would keep some 300 kB for each connection.
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload,
      handleProtocols: (protocols) => handleProtocols(protocols),
    })
    this.#protocol = socketServer({
      ...parts,
      perConnection: settings.perConnection,
      admit: (connection, params) => this.#admit(connection, params),
    })
    app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy())
      this.#upgrades.set(request, { socket, head })
      const response = new ServerResponse(request)
      response.assignSocket(socket as never)
      // Whatever answers in place of accepting it is the last word.
      response.once('finish', () => socket.end())
      app.routing(request, response)
    })
  }

  /** Whether a request is a handshake. */
  isHandshake({ raw }: FastifyRequest): boolean {
    return this.#upgrades.has(raw)
  }

  /** Opens a socket by a handshake whose sender is known, or refuses it. */
  accept({ request, reply, credential, context }: EventStreamRequest): FastifyReply {
    const upgrade = this.#upgrades.get(request.raw)
    const { origin, host } = request.headers
    const { cors, settings, subscriptions, slowMs } = this.#parts
    if (upgrade === undefined || !cors.isOriginAllowed(origin, host))
      return sendRefusal(reply, new ForbiddenError('Pages of this origin may not connect.'))
    if (subscriptions.connections.size >= settings.perProcess) {
      subscriptions.metrics.refused.inc({ limit: 'this server' })
      return sendRefusal(reply, new TooManySubscriptionsError('this server', retryAfterSeconds))
    }
    reply.hijack()
    reply.raw.detachSocket(upgrade.socket as never)
    this.#server.handleUpgrade(request.raw, upgrade.socket, upgrade.head, (socket) =>
      this.#opened(socket, { credential, context, origin, slowMs }),
    )
    return reply
  }

  #opened(socket: WebSocket, opening: SocketOpening): void {
    const { subscriptions } = this.#parts
    const { context } = opening
    const connection = new SocketConnection(socket, opening)
    const remove = subscriptions.connections.add(connection)
    const closed = this.#protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => connection.send(text),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) =>
          socket.on('message', (data) => {
            take(String(data)).catch((error: unknown) => {
              context.log.error({ requestId: context.requestId, err: error }, 'websocket failed')
              connection.end(error instanceof Error ? error : new Error(String(error)))
            })
          }),
      },
      connection,
    )
    socket.on('error', (error) => context.log.debug({ requestId: context.requestId, err: error }, 'websocket broke'))
    socket.once('close', (code, reason) => {
      remove()
      void closed(code, String(reason))
      logEnd(connection, code)
    })
  }

  async #admit(connection: SocketConnection, params: Readonly<Record<string, unknown>>): Promise<void> {
    const { context } = connection
    const handshake = {
      id: context.requestId,
      traceparent: context.traceparent,
      credential: connection.credential,
      client: context.client,
      authorization: context.authorization,
      origin: connection.origin,
    }
    const { credential, client, authorization } = await identifySocket(this.#parts, handshake, params)
    connection.takeSeat(this.#seats.take(credential.caller))
    connection.credential = credential
    connection.context = { ...context, caller: credential.caller, client, authorization }
  }
}

function logEnd({ context, openedAt, asked }: SocketConnection, code: number): void {
  const { requestId, caller, log } = context
  const { userId: callerId, organizationId } = caller
  const durationMs = Math.round(performance.now() - openedAt)
  log.info({ requestId, callerId, organizationId, code, durationMs, operations: asked }, 'websocket')
}
