/** Redis cannot be asked now: it is not connected, or did not answer in time. Whoever asks goes on without it. */
export class RedisAwayError extends Error {
  constructor(words: string, options: { readonly cause?: unknown } = {}) {
    super(words, options)
    this.name = 'RedisAwayError'
  }
}
