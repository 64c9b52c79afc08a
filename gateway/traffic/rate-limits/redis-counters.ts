import { createHash } from 'node:crypto'
import type { Redis } from '#platform/redis/redis'
import type { Addition, Counted, Counters } from './counters.ts'

/** Taking back never makes a counter, nor one that is below nothing. */
const script = `
local answer = {}
for i, key in ipairs(KEYS) do
  local points, left = tonumber(ARGV[2 * i - 1]), redis.call('pttl', key)
  local count = 0
  if left > 0 then
    count = redis.call('incrby', key, points)
    if count < 0 then
      count = 0
      redis.call('set', key, 0, 'px', left)
    end
  elseif points > 0 then
    count, left = points, tonumber(ARGV[2 * i])
    redis.call('set', key, count, 'px', left)
  end
  answer[2 * i - 1], answer[2 * i] = count, left
end
return answer
`
const sha = createHash('sha1').update(script).digest('hex')

/** Counters in Redis: however many are counted at once, one command counts them, and none of them stays for ever. */
export class RedisCounters implements Counters {
  readonly #redis: Redis

  constructor(redis: Redis) {
    this.#redis = redis
  }

  get isReady(): boolean {
    return this.#redis.isReady
  }

  /** @throws RedisAwayError */
  async add(additions: readonly Addition[]): Promise<readonly Counted[]> {
    const options = {
      keys: additions.map(({ name }) => name),
      arguments: additions.flatMap(({ points, windowMs }) => [String(points), String(windowMs)]),
    }
    const answer = await this.#redis
      .run((client) => client.evalSha(sha, options))
      .catch((error) => {
        // A Redis that was restarted does not know the script any more.
        if (!isUnknownScript(error)) throw error
        return this.#redis.run((client) => client.eval(script, options))
      })
    const numbers = answer as number[]
    return additions.map((_, i) => ({ points: numbers[2 * i] ?? 0, leftMs: Math.max(0, numbers[2 * i + 1] ?? 0) }))
  }
}

const isUnknownScript = (error: unknown): boolean => error instanceof Error && error.message.startsWith('NOSCRIPT')
