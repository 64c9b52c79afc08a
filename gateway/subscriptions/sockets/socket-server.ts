import type { ExecutionArgs, ExecutionResult, FormattedExecutionResult } from 'graphql'
import { type Context, makeServer, type SubscribePayload } from 'graphql-ws'
import { newId } from '#platform/id'
import { RateLimitedError } from '../../errors/edge.errors.ts'
import type { Generation } from '../../execution/generation.ts'
import type { Answer, Operation } from '../../execution/operation.ts'
import { type GraphqlParams, paramsFrom } from '../../http/graphql-params.ts'
import { readIdempotencyKey } from '../../http/idempotency-key.ts'
import { publicAnswer, refusalOf } from '../../operations/answer-request.ts'
import type { RequestLimits } from '../../traffic/rate-limits/request-limits.ts'
import { lastEventIdOf } from '../last-event-id.ts'
import type { LiveParts } from '../live-parts.ts'
import { TooManySubscriptionsError } from '../subscription.errors.ts'
import type { SocketConnection, SocketOperation } from './socket-connection.ts'
import { toldOnce, toldOver } from './socket-results.ts'

export interface SocketServerParts extends LiveParts {
  /** Operations at a time over one socket. */
  readonly perConnection: number
  /** Each operation counts as a request. */
  readonly limits: RequestLimits
  /** Who asks, and whether they may have another connection. @throws DomainError */
  readonly admit: (connection: SocketConnection, params: Readonly<Record<string, unknown>>) => Promise<void>
}
type SocketContext = Context<Record<string, unknown> | undefined, SocketConnection>

/** What an operation was prepared for. */
interface Prepared {
  readonly generation: Generation
  readonly operation: Operation
  readonly running: SocketOperation
  /** Its answer, when there is one already. */
  readonly answer: Answer | null
  /** To be called when it has ended; once more does no harm. */
  readonly close: () => void
}

const initWaitMs = 5_000
const retryAfterSeconds = 1

/** graphql-transport-ws by its reference server: every operation goes the way that it would go over HTTP. */
export const socketServer = (parts: SocketServerParts) =>
  makeServer<Record<string, unknown> | undefined, SocketConnection>({
    connectionInitWaitTimeout: initWaitMs,
    onConnect: async (socket) => {
      try {
        await parts.admit(socket.extra, socket.connectionParams ?? {})
        return true
      } catch (error) {
        socket.extra.end(error instanceof Error ? error : new Error(String(error)))
        return false
      }
    },
    onSubscribe: (socket, id, payload) => prepare(parts, socket, id, payload),
    subscribe: (args) => {
      const { running, answer, close } = args.contextValue as Prepared
      const { subscription, context } = running
      if (subscription === null) return toldOnce(answer ?? {}, context) as ExecutionResult
      return toldOver(subscription, context, close) as AsyncGenerator<ExecutionResult>
    },
    execute: async (args) => {
      const { generation, operation, running, close } = args.contextValue as Prepared
      const { context } = running
      const answer = await generation.execute(operation, context).catch((error) => ({ errors: refusalOf(error) }))
      close()
      return toldOnce(answer, context) as ExecutionResult
    },
    // What leaves was made fit for it already.
    onNext: (_socket, _id, _payload, _args, result) => result as FormattedExecutionResult,
    onError: (socket, id, _payload, errors) => {
      const context = socket.extra.operations.get(id)?.context ?? socket.extra.context
      const answer = publicAnswer({ errors }, context)
      // What is refused is never complete: nobody else says that it has ended.
      logEnd(socket.extra, id)
      return answer.errors as never
    },
    onComplete: ({ extra }, id) => logEnd(extra, id),
  })

/** @returns what is wrong with the operation; else it, ready to be executed */
async function prepare(parts: SocketServerParts, socket: SocketContext, id: string, payload: SubscribePayload) {
  const { extra } = socket
  const running = begin(extra, id)
  const { context } = running
  try {
    if (extra.operations.size > parts.perConnection) {
      parts.subscriptions.metrics.refused.inc({ limit: 'one connection' })
      throw new TooManySubscriptionsError('one connection', retryAfterSeconds)
    }
    const { caller, client } = context
    const judgement = await parts.limits.count({ caller, client, keyPerMinute: extra.credential.requestsPerMinute })
    if (judgement?.exceeded === true) throw new RateLimitedError(judgement.resetSeconds)
    const params = paramsFrom(payload as unknown as Record<string, unknown>)
    running.context = { ...context, idempotencyKey: keyIn(params) }
    return argsOf(await opened(parts, extra, running, params))
  } catch (error) {
    // Its client has given it up already, and is told nothing.
    if (!(id in socket.subscriptions)) logEnd(extra, id)
    return refusalOf(error)
  }
}

async function opened(
  { generations, subscriptions }: SocketServerParts,
  { credential }: SocketConnection,
  running: SocketOperation,
  params: GraphqlParams,
): Promise<Prepared> {
  const { context, gone } = running
  const { generation, release } = generations.hold()
  try {
    const operation = await generation.operationOf(params, context)
    await generation.check(operation, context)
    const prepared = { generation, operation, running, answer: null, close: release }
    if (operation.kind !== 'subscription') return prepared
    const lastEventId = lastEventIdOf(params.extensions)
    const opening = { operation, generation, context, gone, credential, lastEventId } as const
    const made = await subscriptions.open({ ...opening, transport: 'websocket' })
    if (made.subscription === null) {
      release()
      return { ...prepared, answer: made.refused }
    }
    running.subscription = made.subscription
    const close = () => {
      made.close()
      release()
    }
    return { ...prepared, close }
  } catch (error) {
    release()
    throw error
  }
}

/** What an Idempotency-Key header would say. */
const keyIn = ({ extensions: { idempotencyKey: key } }: GraphqlParams) =>
  readIdempotencyKey(key === undefined || key === null ? undefined : String(key))

const argsOf = (prepared: Prepared): ExecutionArgs => ({
  schema: prepared.generation.schema,
  document: prepared.operation.document,
  operationName: prepared.operation.name,
  contextValue: prepared,
})

function begin(connection: SocketConnection, id: string): SocketOperation {
  const gone = new AbortController()
  const context = { ...connection.context, requestId: newId(), clientGone: gone.signal, logFields: {} }
  const running: SocketOperation = { context, gone, beganAt: performance.now(), subscription: null }
  connection.operations.set(id, running)
  connection.asked += 1
  return running
}

function logEnd(connection: SocketConnection, id: string): void {
  const ended = connection.finish(id)
  if (ended === undefined) return
  const { requestId, caller, logFields, log } = ended.context
  const durationMs = Math.round(performance.now() - ended.beganAt)
  const { userId: callerId, organizationId } = caller
  log.info({ requestId, callerId, organizationId, durationMs, transport: 'websocket', ...logFields }, 'operation')
}
