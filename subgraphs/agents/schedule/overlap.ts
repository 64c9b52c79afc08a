import { bufferedMax } from './schedule.limits.ts'

/** What a fire means while a run of an earlier one has not ended. */
export const overlaps = ['SKIP', 'BUFFER_ONE', 'BUFFER_ALL', 'CANCEL_OTHER', 'TERMINATE_OTHER', 'ALLOW_ALL'] as const
export type Overlap = (typeof overlaps)[number]

export interface Decision<T> {
  /** The fires that start a run now, in this order. */
  readonly start: readonly T[]
  /** The fires that start one once the earlier run has ended. */
  readonly buffered: readonly T[]
  /** The fires that never start one. */
  readonly skipped: readonly T[]
  /** What is done to the runs that have not ended. */
  readonly earlier?: 'cancel' | 'terminate'
}

/**
 * @param busy whether a run of the schedule has not ended
 * @param buffered the fires that wait already, oldest first
 * @param fires the fires that are due now, oldest first
 */
export function decideOverlap<T>(
  overlap: Overlap,
  busy: boolean,
  buffered: readonly T[],
  fires: readonly T[],
): Decision<T> {
  const all = [...buffered, ...fires]
  const newest = all.slice(-1)
  const older = all.slice(0, -1)
  switch (overlap) {
    case 'ALLOW_ALL':
      return { start: all, buffered: [], skipped: [] }
    case 'SKIP':
      return busy
        ? { start: [], buffered: [], skipped: all }
        : { start: all.slice(0, 1), buffered: [], skipped: all.slice(1) }
    case 'BUFFER_ONE':
    case 'BUFFER_ALL': {
      const start = busy ? [] : all.slice(0, 1)
      const waiting = all.slice(start.length)
      const room = overlap === 'BUFFER_ONE' ? 1 : bufferedMax
      return { start, buffered: waiting.slice(0, room), skipped: waiting.slice(room) }
    }
    case 'CANCEL_OTHER':
      return busy && newest.length > 0
        ? { start: [], buffered: newest, skipped: older, earlier: 'cancel' }
        : { start: newest, buffered: [], skipped: older }
    case 'TERMINATE_OTHER':
      return { start: newest, buffered: [], skipped: older, ...(busy && newest.length > 0 && { earlier: 'terminate' }) }
  }
}
