import { Pool, errors as undici } from 'undici'
import type { Caller } from '#platform/caller/caller'
import { signRequest } from '#platform/caller/message-signature'
import type { SubgraphAddress } from '../supergraph/read-supergraph.ts'
import { readAnswer, type SubgraphAnswer, SubgraphFailure } from './subgraph-answer.ts'

export interface SubgraphLimits {
  /** From handing the request to the pool until the last byte of the answer. */
  readonly timeoutMs: number
  readonly responseBytesMax: number
  readonly connectionsMax: number
}

export const subgraphLimits: SubgraphLimits = { timeoutMs: 10_000, responseBytesMax: 16_000_000, connectionsMax: 64 }

export interface SubgraphRequest {
  readonly body: string
  readonly caller: Caller
  readonly requestId: string
  readonly traceparent: string
  readonly authorization: string | undefined
  readonly signal: AbortSignal | undefined
}

/** One subgraph over a bounded pool of kept connections. With a key, every request is signed for it alone. */
export class SubgraphClient {
  readonly name: string
  readonly #url: URL
  readonly #key: Uint8Array | undefined
  readonly #timeoutMs: number
  readonly #pool: Pool

  constructor({ name, url }: SubgraphAddress, key: Uint8Array | undefined, limits = subgraphLimits) {
    this.name = name
    this.#url = new URL(url)
    this.#key = key
    this.#timeoutMs = limits.timeoutMs
    this.#pool = new Pool(this.#url.origin, {
      connections: limits.connectionsMax,
      keepAliveTimeout: 30_000,
      maxResponseSize: limits.responseBytesMax,
      connect: { timeout: Math.min(2_000, limits.timeoutMs) },
    })
  }

  /** @throws SubgraphFailure whatever goes wrong before there is a GraphQL answer */
  async send(request: SubgraphRequest): Promise<SubgraphAnswer> {
    const deadline = AbortSignal.timeout(this.#timeoutMs)
    try {
      const { statusCode, body } = await this.#pool.request({
        method: 'POST',
        path: this.#url.pathname + this.#url.search,
        headers: this.#headers(request),
        body: request.body,
        signal: request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]),
      })
      return readAnswer(statusCode, await body.text(), this.#key !== undefined)
    } catch (cause) {
      if (cause instanceof SubgraphFailure) throw cause
      throw new SubgraphFailure(this.#outcome(cause, deadline, request.signal), 'no answer', { cause })
    }
  }

  /** Whether the subgraph says that it is ready, within `timeoutMs`. */
  async ready(timeoutMs: number): Promise<boolean> {
    try {
      const { statusCode, body } = await this.#pool.request({
        method: 'GET',
        path: '/health/ready',
        signal: AbortSignal.timeout(timeoutMs),
      })
      await body.dump()
      return statusCode === 200
    } catch {
      return false
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  #headers(request: SubgraphRequest): Record<string, string> {
    const common = {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
      'x-request-id': request.requestId,
      traceparent: request.traceparent,
    }
    if (this.#key === undefined)
      return request.authorization === undefined ? common : { ...common, authorization: request.authorization }
    const parts = { method: 'POST', path: this.#url.pathname, body: request.body }
    return { ...common, ...signRequest(parts, request.caller, this.name, this.#key) }
  }

  #outcome(cause: unknown, deadline: AbortSignal, client: AbortSignal | undefined) {
    if (deadline.aborted) return 'timeout'
    if (client?.aborted) return 'client_gone'
    if (cause instanceof undici.ConnectTimeoutError) return 'timeout'
    return cause instanceof undici.ResponseExceededMaxSizeError ? 'bad_answer' : 'unreachable'
  }
}
