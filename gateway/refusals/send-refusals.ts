import { Pool } from 'undici'
import { systemCaller, systemOrganizationId } from '#platform/caller/caller'
import { signRequest } from '#platform/caller/message-signature'
import { type RefusalBatch, refusalsAudience, refusalsPath } from '#platform/refusals/refusal'
import { BatchUnwantedError } from '#platform/refusals/refusal-recorder'
import { continueTrace } from '#platform/telemetry/trace-context'

/** Hands batches of refusals to the process that keeps them, signed with its key. */
export class RefusalSender {
  readonly #pool: Pool
  readonly #key: Uint8Array

  /** @param url any address of the process; only its origin counts */
  constructor(url: string, key: Uint8Array) {
    this.#key = key
    this.#pool = new Pool(new URL(url).origin, {
      connections: 1,
      maxResponseSize: 100_000,
      connect: { timeout: 2_000 },
    })
  }

  /** @throws BatchUnwantedError when it says that the batch is none; any other error when it may take it later */
  async send(batch: RefusalBatch, deadline: AbortSignal): Promise<void> {
    const parts = { method: 'POST', path: refusalsPath, body: JSON.stringify(batch) } as const
    const { statusCode, body } = await this.#pool.request({
      ...parts,
      headers: {
        'content-type': 'application/json',
        'x-request-id': batch.id,
        traceparent: continueTrace(undefined),
        ...signRequest(parts, systemCaller(systemOrganizationId), refusalsAudience, this.#key),
      },
      signal: deadline,
    })
    await body.dump()
    if (statusCode === 400 || statusCode === 413) throw new BatchUnwantedError(`status ${statusCode}`)
    if (statusCode !== 200) throw new Error(`status ${statusCode}`)
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }
}
