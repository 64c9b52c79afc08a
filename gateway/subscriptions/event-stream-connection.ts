import type { Credential } from '../authorization/credential.ts'
import type { EdgeContext } from '../execution/request-context.ts'
import { publicAnswer } from '../operations/answer-request.ts'
import type { LiveConnection } from './connections.ts'
import type { EventStreamReply } from './event-stream-reply.ts'
import { ServerShutdownError } from './subscription.errors.ts'
import type { Subscription } from './subscription.ts'
import { tellsItsPlace } from './told-answer.ts'

const goodbyeMs = 1_000

/** One subscription over an event stream. */
export class EventStreamConnection implements LiveConnection {
  readonly credential: Credential
  readonly #subscription: Subscription
  readonly #stream: EventStreamReply
  readonly #slowMs: number
  isEnding = false

  /** @param slowMs for how long a client may leave unread what it was sent */
  constructor(credential: Credential, subscription: Subscription, stream: EventStreamReply, slowMs: number) {
    this.credential = credential
    this.#subscription = subscription
    this.#stream = stream
    this.#slowMs = slowMs
  }

  /** Hands on what the subscription tells, as fast as the client reads. @returns when there is no more */
  async run(context: EdgeContext): Promise<void> {
    for await (const result of this.#subscription.results()) {
      if (result.kind === 'position') await this.#stream.position(result.id)
      else await this.#stream.next(publicAnswer(tellsItsPlace(result), context), result.id)
    }
    // A connection that is ended is not a subscription that is complete: clients come again for the rest.
    this.#stream.end(!this.isEnding)
  }

  end(reason: Error): void {
    if (this.isEnding) return
    this.isEnding = true
    if (reason instanceof ServerShutdownError) this.#stream.retry(reason.retryAfterMs)
    this.#subscription.end(reason)
    setTimeout(() => this.drop(), goodbyeMs).unref()
  }

  beat(): boolean {
    this.#stream.comment()
    return this.#stream.stalledMs <= this.#slowMs
  }

  drop(): void {
    this.#stream.drop()
  }
}
