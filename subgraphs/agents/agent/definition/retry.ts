import { durationMs } from './duration.ts'

/** When and how often a failed step is tried again. */
export interface Retry {
  /** With the first attempt; 5 unless told, for what the step says can be tried again. */
  readonly maxAttempts?: number
  readonly initial?: string
  readonly factor?: number
  readonly max?: string
  /** Shortens each delay by up to half, so that those who failed together do not come back together; so unless told. */
  readonly jitter?: boolean
  /** JSONata over `error` (`code`, `message`, `retryable`), instead of the step's own judgement. */
  readonly retryIf?: string
}

export const attemptsMaxDefault = 5
/** No definition comes below: what fails at once would otherwise be asked as fast as it can answer. */
export const backoffFloorMs = 1_000
const initialMsDefault = 1_000
const maxMsDefault = 30_000

/**
 * How long to wait before the next attempt, in ms: exponential, at least 1 s, and not before the remote side said.
 *
 * @param attempt the one that failed, 1 for the first
 * @param retryAfterMs what the remote side asked for, e.g. by `Retry-After`
 * @param random between 0 and 1
 */
export function backoffMs(retry: Retry, attempt: number, retryAfterMs = 0, random = Math.random()): number {
  const { initial, factor = 2, max, jitter = true } = retry
  const initialMs = initial === undefined ? initialMsDefault : durationMs(initial)
  const longestMs = max === undefined ? maxMsDefault : durationMs(max)
  const delayMs = Math.min(initialMs * factor ** (attempt - 1), longestMs)
  return Math.max(backoffFloorMs, retryAfterMs, jitter ? delayMs * (0.5 + random / 2) : delayMs)
}
