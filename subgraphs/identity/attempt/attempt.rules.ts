import { delayMsMax, freeFailures, recordEveryMs, windowMs } from './attempt.limits.ts'

/** What a bucket remembers; moments are milliseconds since the epoch. */
export interface BucketState {
  /** The attempts of the window, oldest first. */
  readonly taken?: readonly number[]
  /** Wrong attempts in a row. */
  readonly failures?: number
  readonly blockedUntil?: number
  /** When a refusal was recorded last, and how many were not since. */
  readonly recordedAt?: number
  readonly unrecorded?: number
}

/** What a bucket says to an attempt: its next state, or for how long to wait. */
export type Ruling = { readonly next: BucketState } | { readonly waitMs: number }
export type AttemptRule = (state: BucketState, now: number) => Ruling

/** At most `max` attempts in any 60 seconds, or other window. */
export const atMost =
  (max: number, withinMs = windowMs): AttemptRule =>
  (state, now) => {
    const taken = (state.taken ?? []).filter((at) => at > now - withinMs)
    const blocking = taken[taken.length - max]
    if (blocking !== undefined) return { waitMs: blocking + withinMs - now }
    return { next: { ...state, taken: [...taken, now] } }
  }

/** The tenth wrong attempt in a row makes the next wait 1 second, the eleventh 2, then 4, and at most 5 minutes. */
export const everSlower: AttemptRule = (state, now) => {
  if ((state.blockedUntil ?? 0) > now) return { waitMs: (state.blockedUntil ?? 0) - now }
  const failures = (state.failures ?? 0) + 1
  // Counted as wrong until it is known to be right, so that many at once count as what they are.
  const { blockedUntil: _over, ...rest } = state
  if (failures <= freeFailures) return { next: { ...rest, failures } }
  const delayMs = Math.min(2 ** (failures - freeFailures - 1) * 1_000, delayMsMax)
  return { next: { ...rest, failures, blockedUntil: now + delayMs } }
}

/** The state without the attempt made `at`, as if it had never been. */
export function withdrawn({ blockedUntil: _none, ...state }: BucketState, at: number): BucketState {
  const index = state.taken?.lastIndexOf(at) ?? -1
  return {
    ...state,
    ...(index < 0 ? {} : { taken: state.taken?.toSpliced(index, 1) ?? [] }),
    ...(state.failures === undefined ? {} : { failures: Math.max(0, state.failures - 1) }),
  }
}

/** Whether a refusal `now` is one to record; of a flood only the first in each minute is. */
export function noteRefusal(
  state: BucketState,
  now: number,
): { readonly next: BucketState; readonly record: { readonly unrecordedBefore: number } | undefined } {
  const { recordedAt, unrecorded = 0 } = state
  if (recordedAt !== undefined && now - recordedAt < recordEveryMs)
    return { next: { ...state, unrecorded: unrecorded + 1 }, record: undefined }
  return { next: { ...state, recordedAt: now, unrecorded: 0 }, record: { unrecordedBefore: unrecorded } }
}
