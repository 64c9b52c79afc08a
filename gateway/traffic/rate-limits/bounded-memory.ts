import { LRUCache } from 'lru-cache'
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'

/** Counters in this process's memory, at most so many: a further one takes the place of the one unused for longest. */
export class BoundedMemory extends RateLimiterMemory {
  readonly #names: LRUCache<string, true>

  constructor(options: { readonly points: number; readonly duration: number; readonly namesMax: number }) {
    super(options)
    this.#names = new LRUCache({
      max: options.namesMax,
      dispose: (_value, name, reason) => {
        if (reason === 'evict') void super.delete(name)
      },
    })
  }

  override consume(name: string, points = 1): Promise<RateLimiterRes> {
    this.#names.set(name, true)
    return super.consume(name, points)
  }

  /** Takes back at most what there is: a counter that has begun anew meanwhile has no use for it. */
  override async reward(name: string, points = 1): Promise<RateLimiterRes> {
    const found = await super.get(name)
    return super.reward(name, Math.min(points, found?.consumedPoints ?? 0))
  }
}
