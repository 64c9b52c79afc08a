import { EgressTimeoutError } from './egress.errors.ts'

/** One limit over everything that a request does. */
export interface Deadline {
  /** Aborted at the limit, or when the caller gives up. */
  readonly signal: AbortSignal
  /**
   * Settles as `work` does, or rejects at the limit; `work` may then still be winding down.
   * @throws EgressTimeoutError EGRESS_TIMEOUT at the limit, the caller's own reason when the caller gives up
   */
  race<T>(work: Promise<T>): Promise<T>
  stop(): void
}

/** @param outer the caller's own signal */
export function startDeadline(timeoutMs: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController()
  const { signal } = controller
  const giveUp = () => controller.abort(outer?.reason)
  const timer = setTimeout(() => controller.abort(new EgressTimeoutError(timeoutMs)), timeoutMs)
  if (outer?.aborted) giveUp()
  outer?.addEventListener('abort', giveUp, { once: true })
  const aborted = new Promise<never>((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  aborted.catch(() => undefined)
  return {
    signal,
    race: (work) => Promise.race([work, aborted]),
    stop: () => {
      clearTimeout(timer)
      outer?.removeEventListener('abort', giveUp)
    },
  }
}
