import { MessageType, stringifyMessage } from 'graphql-ws'
import type { WebSocket } from 'ws'
import type { Credential } from '../../authorization/credential.ts'
import type { EdgeContext } from '../../execution/request-context.ts'
import type { LiveConnection } from '../connections.ts'
import type { Subscription } from '../subscription.ts'
import { closingOf } from './close-codes.ts'

/** One operation that runs over a socket. */
export interface SocketOperation {
  context: EdgeContext
  /** Aborts `context.clientGone`. */
  readonly gone: AbortController
  readonly beganAt: number
  subscription: Subscription | null
}

export interface SocketOpening {
  readonly context: EdgeContext
  readonly credential: Credential
  readonly origin: string | undefined
  /** For how long a client may leave unread what it was sent. */
  readonly slowMs: number
}

const goodbyeMs = 4_000
/** How many messages may wait to be sent: each operation waits for its own, so more are answers to a flood of pings. */
const unsentMax = 1_000

/** One WebSocket of one client, with the operations that run over it. */
export class SocketConnection implements LiveConnection {
  /** What every operation over it knows; whose rights count is said by `connection_init`. */
  context: EdgeContext
  credential: Credential
  isEnding = false
  readonly operations = new Map<string, SocketOperation>()
  readonly openedAt = performance.now()
  /** The handshake's Origin header. */
  readonly origin: string | undefined
  #leaveSeat: () => void = () => {}
  #isClosed = false
  /** How many operations it was asked for in all. */
  asked = 0
  readonly #socket: WebSocket
  readonly #slowMs: number
  readonly #muted = new Set<string>()
  #ending: Error | null = null
  #hasAnswered = true
  #unsent = 0
  /** When a message last left, while others wait. */
  #movedAt = 0

  constructor(socket: WebSocket, { context, credential, origin, slowMs }: SocketOpening) {
    this.#socket = socket
    this.context = context
    this.credential = credential
    this.origin = origin
    this.#slowMs = slowMs
    socket.on('pong', () => {
      this.#hasAnswered = true
    })
    socket.once('close', () => {
      this.#isClosed = true
      this.#leaveSeat()
      for (const { gone } of this.operations.values()) gone.abort()
    })
  }

  /** @param leave gives back what `connection_init` took; at once when the socket closed meanwhile */
  takeSeat(leave: () => void): void {
    if (this.#isClosed) leave()
    else this.#leaveSeat = leave
  }

  /** @returns when it was handed to the network, which is when the client reads */
  async send(text: string): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN || this.#muted.has(text)) return
    if (this.#unsent === 0) this.#movedAt = performance.now()
    this.#unsent += 1
    if (this.#unsent > unsentMax) return this.drop()
    await new Promise<void>((resolve) => {
      this.#socket.send(text, () => {
        this.#unsent -= 1
        this.#movedAt = performance.now()
        resolve()
      })
    })
  }

  /** Tells every subscription why, waits for what else runs, and closes. */
  end(reason: Error): void {
    if (this.isEnding) return
    this.isEnding = true
    this.#ending = reason
    for (const { subscription } of this.operations.values()) subscription?.end(reason)
    setTimeout(() => this.drop(), goodbyeMs).unref()
    if (this.operations.size === 0) this.#close()
  }

  /** To be called when an operation has nothing more to say. */
  finish(id: string): SocketOperation | undefined {
    const operation = this.operations.get(id)
    this.operations.delete(id)
    // A subscription that ends with its connection is not complete: clients come again for the rest.
    if (this.isEnding && operation?.subscription != null)
      this.#muted.add(stringifyMessage({ id, type: MessageType.Complete }))
    // The `complete` of the last one is about to be sent: a client that misses a mutation's sends it again.
    if (this.isEnding && this.operations.size === 0) setImmediate(() => this.#close())
    return operation
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  beat(): boolean {
    // A ping would wait behind what waits already.
    if (this.#unsent > 0) return performance.now() - this.#movedAt <= this.#slowMs
    // Whoever did not answer since the last beat is gone, and its end was never heard of.
    if (this.#hasAnswered) this.#socket.ping()
    else this.drop()
    this.#hasAnswered = false
    return true
  }

  drop(): void {
    this.#socket.terminate()
  }

  #close(): void {
    const { code, reason } = closingOf(this.#ending)
    this.#socket.close(code, reason)
  }
}
