const initialMs = 500
const longestMs = 30_000

/** Exponential with full jitter: between 0 and 0.5 s · 2^(attempt−1), at most 30 s. */
export const backoffMs = (attempt: number): number =>
  Math.random() * Math.min(initialMs * 2 ** (attempt - 1), longestMs)

/** Waits; rejects with the signal's reason when it is aborted meanwhile. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}
