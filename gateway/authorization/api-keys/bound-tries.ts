import { networkOf } from '#platform/caller/network-of'
import { RateLimitedError } from '../../errors/edge.errors.ts'
import type { RequestRate } from '../../traffic/rate-limits/request-rate.ts'
import type { Exchange } from './exchange-key.ts'

const refusedPerMinute = 30

/** The exchange, but an address that had many keys refused is not heard for the rest of the minute. Known keys go on. */
export const boundTries =
  (exchange: Exchange, rate: RequestRate): Exchange =>
  async (text, client) => {
    const name = `wrong-keys:${networkOf(client.address)}`
    const tries = await rate.peek(name, refusedPerMinute)
    if (tries.remaining === 0) throw new RateLimitedError(tries.resetSeconds)
    const key = await exchange(text, client)
    if (key === null) await rate.count(name, refusedPerMinute)
    return key
  }
