import { Pool } from 'undici'
import type { SubgraphAddress } from '../supergraph/read-supergraph.ts'
import { exchange } from './exchange.ts'
import type { EdgeContext } from './request-context.ts'
import { readAnswer } from './subgraph-answer.ts'
import { bodyOf, type Fetch } from './subgraph-fetch.ts'
import { headersTo, identityFor, type SubgraphTarget, targetOf } from './subgraph-target.ts'

export interface SubgraphLimits {
  /** From handing the request to the pool until the last byte of the answer, for a fetch without a nearer deadline. */
  readonly timeoutMs: number
  readonly responseBytesMax: number
  readonly connectionsMax: number
}

export const subgraphLimits: SubgraphLimits = { timeoutMs: 10_000, responseBytesMax: 16_000_000, connectionsMax: 64 }

const accepted = 'application/graphql-response+json, application/json'

/** One subgraph over a bounded pool of kept connections. With a key, every request is signed for it alone. */
export class SubgraphClient {
  readonly name: string
  readonly #target: SubgraphTarget
  readonly #limits: SubgraphLimits
  readonly #pool: Pool

  constructor(address: SubgraphAddress, key: Uint8Array | undefined, limits = subgraphLimits) {
    this.#target = targetOf(address, key)
    this.name = address.name
    this.#limits = limits
    this.#pool = new Pool(this.#target.origin, {
      connections: limits.connectionsMax,
      keepAliveTimeout: 30_000,
      maxResponseSize: limits.responseBytesMax,
      connect: { timeout: Math.min(2_000, limits.timeoutMs) },
    })
  }

  /** A query ends with its client. A mutation is finished even when nobody waits: half of it would be left done. */
  readonly fetch: Fetch = async (fetch) => {
    const { kind, context, deadline = Number.POSITIVE_INFINITY } = fetch
    const body = bodyOf(fetch)
    const { representations } = fetch.variables
    const idempotencyKey = kind === 'mutation' ? context.idempotencyKey : undefined
    const response = await exchange(this.#pool, {
      path: this.#target.path,
      headers: headersTo(this.#target, accepted, context, body, idempotencyKey),
      body,
      timeoutMs: Math.min(this.#limits.timeoutMs, deadline - performance.now()),
      signal: kind === 'mutation' ? undefined : (fetch.gone ?? context.clientGone),
    })
    const entities = Array.isArray(representations) ? representations.length : null
    return readAnswer(response, this.#target.key !== undefined, entities)
  }

  /** All that it is told of who asks. */
  readonly identityOf = (context: EdgeContext): string => identityFor(this.#target, context)

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
}
