import { Readable } from 'node:stream'
import type { ApolloServerPlugin } from '@apollo/server'
import type { FastifyReply } from 'fastify'
import { GraphQLError } from 'graphql'
import type { Ctx } from '../graphql/context.ts'
import type { OpenedSubscription, SubscriptionRequest, Subscriptions } from '../graphql/subscriptions.ts'

const eventStream = 'text/event-stream'

/** Says what to wait for before asking on: `<organization>/<subject>`. */
const topicHeader = 'forgeops-topic'
/** Say that there are further events already; that there will never be any. */
const [moreHeader, endedHeader] = ['forgeops-more', 'forgeops-ended']

/** Whether a request wants its answer as a stream of events. */
export const wantsEvents = (accept: string | undefined): boolean =>
  accept?.split(',').some((range) => range.trim().startsWith(eventStream)) === true

/**
 * The number of the last event that the asker of a subscription has, if it says so in `extensions.lastEventId`. What is
 * no number is one that no event has: then it is refused like one.
 */
export function lastSeqOf({ extensions }: { readonly extensions?: unknown }): { lastSeq?: number } {
  const { lastEventId } = (extensions ?? {}) as { readonly lastEventId?: unknown }
  if (lastEventId === undefined || lastEventId === null) return {}
  return { lastSeq: /^\d{1,15}$/.test(String(lastEventId)) ? Number(lastEventId) : -1 }
}

/**
 * Answers a subscription with the events that there are, in graphql-sse's distinct connections mode (its PROTOCOL.md),
 * and then ends: whoever waits for further ones asks on. Beyond the protocol every block carries its place: first,
 * without data, where the stretch begins; with each event, its number; at last, where the stretch ends.
 *
 * A refusal is an ordinary GraphQL answer.
 */
export async function answerSubscription(
  reply: FastifyReply,
  subscriptions: Subscriptions,
  request: SubscriptionRequest,
  ctx: Ctx,
): Promise<FastifyReply> {
  const opened = await subscriptions.open(request, ctx)
  if ('errors' in opened) return reply.header('content-type', 'application/json; charset=utf-8').send(opened)
  const { subject, more, ended } = opened.page
  if (more) reply.header(moreHeader, 'true')
  if (ended) reply.header(endedHeader, 'true')
  return reply
    .header(topicHeader, `${ctx.caller.organizationId}/${subject}`)
    .header('content-type', `${eventStream}; charset=utf-8`)
    .header('cache-control', 'no-store')
    .send(Readable.from(blocksOf(opened), { highWaterMark: 16 }))
}

/** Made as fast as it is read; when it is left, the work ends. */
async function* blocksOf({ page, answers }: OpenedSubscription): AsyncGenerator<string> {
  yield `id: ${page.from}\n\n`
  let place = page.from
  for await (const { seq, result } of answers()) {
    place = seq
    yield `event: next\nid: ${seq}\ndata: ${JSON.stringify(result)}\n\n`
  }
  if (page.to !== place) yield `id: ${page.to}\n\n`
  yield 'event: complete\ndata:\n\n'
}

/** Refuses to answer a subscription in one piece: executed as a query it would answer without an event. */
export const refuseSubscriptions: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation }) {
        if (operation?.operation !== 'subscription') return
        throw new GraphQLError(`A subscription is answered as ${eventStream}.`, {
          extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
        })
      },
    }
  },
}
