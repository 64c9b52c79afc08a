import { networkOf } from '#platform/caller/network-of'
import { RateLimitedError } from '../../errors/edge.errors.ts'
import type { Exchange } from './exchange-key.ts'
import type { RequestRate } from './request-rate.ts'

const refusedPerMinute = 30

/** The exchange, but an address that had many keys refused is not heard for the rest of the minute. Known keys go on. */
export const boundTries =
  (exchange: Exchange, refused: RequestRate): Exchange =>
  async (text, client) => {
    const address = networkOf(client.address) ?? ''
    const tries = await refused.peek(address, refusedPerMinute)
    if (tries.remaining === 0) throw new RateLimitedError(tries.resetSeconds)
    const key = await exchange(text, client)
    if (key === null) await refused.count(address, refusedPerMinute)
    return key
  }
