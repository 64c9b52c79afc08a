import { write } from '#platform/db/write'
import type { IdentityCtx } from '../identity.context.ts'
import type { MailCounter } from './mail.metrics.ts'
import type { Letter, MailOrder } from './mail-order.ts'
import type { TakenMail } from './mail-outbox.ts'
import { MailRefusedError, type Smtp } from './smtp.ts'

class MailExpiredError extends Error {
  override readonly name = 'MailExpiredError'
}

export interface MailDeliveryOptions {
  /** A context for one attempt, acting as the system. */
  readonly newCtx: () => IdentityCtx
  readonly smtp: Smtp
  /** Writes what was ordered; undefined when there is nobody to write to. */
  readonly compose: (ctx: IdentityCtx, order: MailOrder) => Promise<Letter | undefined>
  readonly counter: MailCounter
  readonly pollMs?: number
  readonly attemptsMax?: number
}

/** How many letters one node sends at a time: a server that hangs must not hold up all of them. */
const lanes = 2

/**
 * Sends the letters of the outbox, each at least once: its row goes after the server took it. Several nodes share the
 * work. A server that is slow, away or unwilling costs nobody but the recipient any time.
 */
export class MailDelivery {
  readonly #options: Required<MailDeliveryOptions>
  #closing = false
  readonly #sleeping = new Set<() => void>()
  #running: Promise<unknown> = Promise.resolve()

  constructor(options: MailDeliveryOptions) {
    this.#options = { pollMs: 1_000, attemptsMax: 12, ...options }
  }

  start(): void {
    this.#running = Promise.all(Array.from({ length: lanes }, () => this.#run()))
  }

  /** Finishes the letters at hand. */
  async close(): Promise<void> {
    this.#closing = true
    for (const wake of this.#sleeping) wake()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#closing) {
      const ctx = this.#options.newCtx()
      const worked = await this.deliverOne(ctx).catch((error) => {
        ctx.log.warn({ requestId: ctx.requestId, err: error }, 'the mail outbox could not be read; will try again')
        return false
      })
      if (!worked) await this.#pause()
    }
  }

  /** Makes one attempt at the letter that is due the longest. @returns whether there was one */
  async deliverOne(ctx: IdentityCtx): Promise<boolean> {
    const { mail: outbox } = ctx.parts
    const taken = await write(ctx, 'mail.taken', (tx) => {
      tx.unchanged()
      return outbox.take(tx)
    })
    if (taken === undefined) return false
    const outcome = await this.#attempt(ctx, taken)
    this.#options.counter.inc({ outcome })
    if (outcome !== 'failed')
      await write(ctx, 'mail.removed', (tx) => {
        tx.unchanged()
        return outbox.remove(tx, taken)
      })
    return true
  }

  async #attempt(ctx: IdentityCtx, taken: TakenMail): Promise<'sent' | 'unwanted' | 'failed' | 'given_up'> {
    const { id: mailId, kind, attempts } = taken
    try {
      if (taken.expired) throw new MailExpiredError()
      const letter = await this.#options.compose(ctx, ctx.parts.mail.open(taken))
      if (letter === undefined) return 'unwanted'
      await this.#options.smtp.send(letter, mailId)
      return 'sent'
    } catch (error) {
      const refused = error instanceof MailRefusedError ? error : undefined
      const last = taken.expired || attempts >= this.#options.attemptsMax || refused?.isFinal === true
      // Of an error only its name: what a database or a server says may quote the address.
      const reason = refused?.reason ?? (error instanceof Error ? error.name : 'unknown')
      ctx.log[last ? 'error' : 'warn']({ mailId, kind, attempts, reason }, last ? 'mail given up' : 'mail not sent yet')
      return last ? 'given_up' : 'failed'
    }
  }

  #pause(): Promise<void> {
    if (this.#closing) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#sleeping.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, this.#options.pollMs)
      this.#sleeping.add(wake)
    })
  }
}
