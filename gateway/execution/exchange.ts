import { type Dispatcher, errors as undici } from 'undici'
import type { Departure } from './departure.ts'
import { SubgraphFailure, type SubgraphResponse } from './subgraph-answer.ts'

export interface ExchangeOptions {
  readonly path: string
  /** Names and values in turns. */
  readonly headers: readonly string[]
  readonly body: string
  readonly timeoutMs: number
  /** Ends the exchange when it aborts; undefined for one that is finished though nobody waits. */
  readonly signal: Departure | undefined
}

/**
 * One POST over a pool. It speaks undici's `dispatch` itself: a response object, a body stream and an AbortSignal for the
 * deadline would cost more than all else that a fetch takes.
 *
 * @throws SubgraphFailure when there is no complete response in time
 */
export function exchange(pool: Dispatcher, options: ExchangeOptions): Promise<SubgraphResponse> {
  return new Promise((resolve, reject) => {
    const { path, headers, body, timeoutMs, signal } = options
    if (signal?.aborted) return reject(clientGone())
    if (timeoutMs <= 0) return reject(new SubgraphFailure('timeout', 'no time is left'))
    const receiver = new Receiver(resolve, reject, timeoutMs, signal)
    // The deadline is ours, over the whole of it: undici need not keep time as well.
    const request = {
      method: 'POST',
      path,
      headers: headers as string[],
      body,
      headersTimeout: 0,
      bodyTimeout: 0,
    } as const
    pool.dispatch(request, receiver)
  })
}

const clientGone = () => new SubgraphFailure('client_gone', 'the client has gone')

class Receiver implements Dispatcher.DispatchHandler {
  readonly #resolve: (response: SubgraphResponse) => void
  readonly #reject: (failure: SubgraphFailure) => void
  readonly #signal: Departure | undefined
  readonly #timer: NodeJS.Timeout
  readonly #chunks: Buffer[] = []
  #controller: Dispatcher.DispatchController | undefined
  #failure: SubgraphFailure | undefined
  #status = 0
  #cacheControl: string | null = null
  #retryAfter: string | null = null

  constructor(
    resolve: (response: SubgraphResponse) => void,
    reject: (failure: SubgraphFailure) => void,
    timeoutMs: number,
    signal: Departure | undefined,
  ) {
    this.#resolve = resolve
    this.#reject = reject
    this.#signal = signal
    this.#timer = setTimeout(() => this.#giveUp(new SubgraphFailure('timeout', 'no answer in time')), timeoutMs)
    signal?.addEventListener('abort', this.#onClientGone)
  }

  readonly #onClientGone = () => this.#giveUp(clientGone())

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // Given up while a connection was being made.
    if (this.#failure !== undefined) controller.abort(this.#failure)
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status
    this.#cacheControl = joined(headers['cache-control'])
    this.#retryAfter = joined(headers['retry-after'])
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    this.#settle()
    const [first] = this.#chunks
    this.#resolve({
      status: this.#status,
      text: first === undefined ? '' : (this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks)).toString(),
      cacheControl: this.#cacheControl,
      retryAfter: this.#retryAfter,
    })
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    this.#settle()
    this.#reject(this.#failure ?? new SubgraphFailure(kindOf(cause), 'no answer', { cause }))
  }

  #giveUp(failure: SubgraphFailure): void {
    this.#failure = failure
    this.#settle()
    this.#controller?.abort(failure)
    this.#reject(failure)
  }

  #settle(): void {
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#onClientGone)
  }
}

const joined = (value: string | string[] | undefined): string | null =>
  value === undefined ? null : typeof value === 'string' ? value : value.join(', ')

const kindOf = (cause: Error) => (cause instanceof undici.ResponseExceededMaxSizeError ? 'bad_answer' : 'unreachable')
