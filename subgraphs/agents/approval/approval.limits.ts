import type { JsonBounds } from '../json/storable-json.ts'

/** What those who decide are shown; more than a person reads. */
export const shownBounds: JsonBounds = { bytesMax: 64 * 1024, depthMax: 32 }
export const formBounds: JsonBounds = { bytesMax: 64 * 1024, depthMax: 32 }
export const titleLengthMax = 200
export const messageLengthMax = 4_000
export const commentLengthMax = 2_000
