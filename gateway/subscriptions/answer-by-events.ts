import type { FastifyReply, FastifyRequest } from 'fastify'
import { DomainError } from '#platform/errors/domain-error'
import type { Credential } from '../authorization/credential.ts'
import { MethodNotAllowedError } from '../errors/edge.errors.ts'
import { headersOf, statusOf } from '../errors/status-of.ts'
import type { Answer } from '../execution/operation.ts'
import type { EdgeContext } from '../execution/request-context.ts'
import { paramsOf } from '../http/graphql-params.ts'
import { publicAnswer, refusalOf } from '../operations/answer-request.ts'
import { EventStreamConnection } from './event-stream-connection.ts'
import { EventStreamReply } from './event-stream-reply.ts'
import { lastEventIdOf } from './last-event-id.ts'
import type { LiveParts } from './live-parts.ts'
import type { OpenedSubscription } from './subscriptions.ts'

export interface EventStreamRequest {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly credential: Credential
  readonly context: EdgeContext
  /** Aborts `context.clientGone`. */
  readonly gone: AbortController
}

/** Whether a client wants its answer as a stream of events. */
export const wantsEvents = (accept: string | undefined): boolean => /\btext\/event-stream\b/i.test(accept ?? '')

/** Refusals that say when to come again, or by which method: browsers and clients know them by their status only. */
const asStatus: ReadonlySet<number> = new Set([401, 405, 429, 503])

/**
 * Answers one operation by graphql-sse's distinct connections mode, subscriptions and others alike. What is wrong with the
 * operation is told within the stream, as the protocol has it.
 */
export async function answerByEvents(parts: LiveParts, asked: EventStreamRequest): Promise<FastifyReply> {
  const { request, reply, credential, context, gone } = asked
  const { generation, release } = parts.generations.hold()
  let isFollowed = false
  try {
    const params = paramsOf(request)
    const operation = await generation.operationOf(params, context)
    if (request.method === 'GET' && operation.kind === 'mutation') throw new MethodNotAllowedError(operation.kind)
    await generation.check(operation, context)
    if (operation.kind !== 'subscription')
      return await sendOnce(reply, await generation.execute(operation, context), context)
    const lastEventId = lastEventIdOf(params.extensions) ?? lastEventIdOf(request.headers, 'last-event-id')
    const opening = { operation, generation, context, gone, credential, lastEventId, transport: 'sse' } as const
    const opened = await parts.subscriptions.open(opening)
    if (opened.subscription === null) return await sendOnce(reply, opened.refused, context)
    // Its end was heard of before there was anything to end.
    if (gone.signal.aborted) {
      opened.close()
      return reply.hijack()
    }
    isFollowed = true
    reply.raw.once('close', release)
    return follow(parts, asked, opened)
  } catch (error) {
    return refuse(reply, error, context)
  } finally {
    if (!isFollowed) release()
  }
}

/** Returns at once: what waits for the end of a request would be kept for as long as the subscription. */
function follow(
  { subscriptions, slowMs }: LiveParts,
  { request, reply, credential, context }: EventStreamRequest,
  { subscription, close }: Extract<OpenedSubscription, { close: unknown }>,
): FastifyReply {
  request.isLasting = true
  const stream = openStream(reply)
  const connection = new EventStreamConnection(credential, subscription, stream, slowMs)
  const remove = subscriptions.connections.add(connection)
  reply.raw.once('close', close).once('close', remove)
  connection.run(context).catch((error: unknown) => {
    context.log.error({ requestId: context.requestId, err: error }, 'event stream failed')
    connection.drop()
  })
  return reply
}

async function sendOnce(reply: FastifyReply, answer: Answer, context: EdgeContext): Promise<FastifyReply> {
  const stream = openStream(reply)
  await stream.next(publicAnswer(answer, context), null)
  stream.end(true)
  return reply
}

function refuse(reply: FastifyReply, error: unknown, context: EdgeContext): FastifyReply | Promise<FastifyReply> {
  const errors = refusalOf(error)
  const answer = publicAnswer({ errors }, context)
  const status = error instanceof MethodNotAllowedError ? 405 : statusOf(answer.errors?.[0]?.extensions?.code)
  if (!asStatus.has(status)) return sendOnce(reply, { errors }, context)
  const headers =
    status === 405 ? { allow: 'POST' } : headersOf(status, error instanceof DomainError ? error : undefined)
  return reply.code(status).headers(headers).type('application/json; charset=utf-8').send(JSON.stringify(answer))
}

function openStream(reply: FastifyReply): EventStreamReply {
  reply.hijack()
  return new EventStreamReply(reply.raw, reply.getHeaders() as Record<string, string>)
}
