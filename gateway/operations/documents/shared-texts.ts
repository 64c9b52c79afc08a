import type { Redis } from '#platform/redis/redis'
import type { SharedTexts } from './automatic-documents.ts'

const keyOf = (hash: string) => `gateway:persisted-query:${hash}`

/** Texts in Redis, which ends each by itself. */
export class RedisTexts implements SharedTexts {
  readonly #redis: Redis

  constructor(redis: Redis) {
    this.#redis = redis
  }

  async get(hash: string): Promise<string | null> {
    return this.#redis.run((client) => client.get(keyOf(hash))).catch(() => null)
  }

  async set(hash: string, text: string, ttlMs: number): Promise<void> {
    const expiration = { type: 'PX', value: ttlMs } as const
    await this.#redis.run((client) => client.set(keyOf(hash), text, { expiration })).catch(() => undefined)
  }
}
