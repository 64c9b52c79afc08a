import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  // Nothing between may keep, compress or hold back what is to be read as it comes.
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
}

/** An answer in graphql-sse's distinct connections mode (its PROTOCOL.md), with each event's id. */
export class EventStreamReply {
  readonly #raw: ServerResponse
  #isClosed = false
  #fullSince: number | null = null
  #goOn: (() => void) | undefined

  /** @param given further headers of the answer */
  constructor(raw: ServerResponse, given: OutgoingHttpHeaders) {
    this.#raw = raw
    raw.on('drain', () => this.#drained())
    raw.on('close', () => {
      this.#isClosed = true
      this.#drained()
    })
    raw.writeHead(200, { ...given, ...headers })
    // Some browsers do not believe in headers alone.
    raw.write(':\n\n')
  }

  /** For how long the client has not read what was sent, in milliseconds. */
  get stalledMs(): number {
    return this.#fullSince === null ? 0 : performance.now() - this.#fullSince
  }

  /** @returns when the client can take more */
  async next(answer: object, id: string | null): Promise<void> {
    await this.#write(`event: next\n${idLine(id)}data: ${JSON.stringify(answer)}\n\n`)
  }

  /** Where the client goes on from when it comes again, though there was no event. */
  async position(id: string): Promise<void> {
    await this.#write(`${idLine(id)}\n`)
  }

  /** Shows that the connection is alive; not to a client that is behind, which would only fall back further. */
  comment(): void {
    if (this.#fullSince === null && !this.#isClosed) this.#raw.write(':\n\n')
  }

  /** When a browser may come again, in milliseconds. */
  retry(ms: number): void {
    if (!this.#isClosed) this.#raw.write(`retry: ${ms}\n\n`)
  }

  /** @param isComplete whether there is nothing more to come: without `complete` clients connect again */
  end(isComplete: boolean): void {
    if (!this.#isClosed) this.#raw.end(isComplete ? 'event: complete\ndata:\n\n' : '')
  }

  drop(): void {
    this.#raw.destroy()
  }

  async #write(text: string): Promise<void> {
    if (this.#isClosed || this.#raw.write(text)) return
    this.#fullSince ??= performance.now()
    await new Promise<void>((resolve) => {
      this.#goOn = resolve
    })
  }

  #drained(): void {
    this.#fullSince = null
    this.#goOn?.()
    this.#goOn = undefined
  }
}

/** An id with a line break would end its line. */
const idLine = (id: string | null) => (id === null || /[\r\n\0]/.test(id) ? '' : `id: ${id}\n`)
