import { createSecretKey, type KeyObject } from 'node:crypto'
import { Pool } from 'undici'
import { signRequest } from '#platform/caller/message-signature'
import type { SubgraphAddress } from '../supergraph/read-supergraph.ts'
import { exchange } from './exchange.ts'
import { readAnswer } from './subgraph-answer.ts'
import type { Fetch } from './subgraph-fetch.ts'

export interface SubgraphLimits {
  /** From handing the request to the pool until the last byte of the answer. */
  readonly timeoutMs: number
  readonly responseBytesMax: number
  readonly connectionsMax: number
}

export const subgraphLimits: SubgraphLimits = { timeoutMs: 10_000, responseBytesMax: 16_000_000, connectionsMax: 64 }

/** One subgraph over a bounded pool of kept connections. With a key, every request is signed for it alone. */
export class SubgraphClient {
  readonly name: string
  readonly #path: string
  readonly #key: KeyObject | undefined
  readonly #limits: SubgraphLimits
  readonly #pool: Pool

  constructor({ name, url }: SubgraphAddress, key: Uint8Array | undefined, limits = subgraphLimits) {
    const { origin, pathname, search } = new URL(url)
    this.name = name
    this.#path = pathname + search
    this.#key = key && createSecretKey(key)
    this.#limits = limits
    this.#pool = new Pool(origin, {
      connections: limits.connectionsMax,
      keepAliveTimeout: 30_000,
      maxResponseSize: limits.responseBytesMax,
      connect: { timeout: Math.min(2_000, limits.timeoutMs) },
    })
  }

  /** A query ends with its client. A mutation is finished even when nobody waits: half of it would be left done. */
  readonly fetch: Fetch = async (fetch) => {
    const { kind, query, operationName, variables, context } = fetch
    const body = JSON.stringify({ query, operationName, variables })
    const { representations } = variables
    const response = await exchange(this.#pool, {
      path: this.#path,
      headers: this.#headers(fetch, body),
      body,
      timeoutMs: this.#limits.timeoutMs,
      signal: kind === 'mutation' ? undefined : context.clientGone,
    })
    const entities = Array.isArray(representations) ? representations.length : null
    return readAnswer(response, this.#key !== undefined, entities)
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

  #headers({ context }: Parameters<Fetch>[0], body: string): string[] {
    const headers = [
      'content-type',
      'application/json',
      'accept',
      'application/graphql-response+json, application/json',
      'x-request-id',
      context.requestId,
      'traceparent',
      context.traceparent,
    ]
    if (this.#key === undefined) {
      if (context.authorization !== undefined) headers.push('authorization', context.authorization)
      return headers
    }
    const [pathname = ''] = this.#path.split('?', 1)
    const signed = signRequest({ method: 'POST', path: pathname, body }, context.caller, this.name, this.#key)
    for (const name in signed) headers.push(name, signed[name] ?? '')
    return headers
  }
}
