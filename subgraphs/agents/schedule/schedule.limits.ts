import type { JsonBounds } from '../json/storable-json.ts'

export const scheduleNameLengthMax = 100
export const cronLengthMax = 100
export const timeZoneLengthMax = 64
/** Of one organization. */
export const schedulesMax = 1_000
export const scheduleInputBounds: JsonBounds = { bytesMax: 64 * 1024, depthMax: 64 }
/** A fire is never late by less: somebody has to look. */
export const catchUpMsMin = 10_000
export const catchUpMsMax = 31 * 86_400_000
/** Of the fires that are made up in one transaction; the rest follow in the next. */
export const firesAtOnceMax = 100
/** Of the fires of one schedule that wait for an earlier run. */
export const bufferedMax = 100
export const fireTimesShownMax = 20
/** A fire that waits for an earlier run starts no later than this after its end. */
export const bufferLookMs = 1_000
