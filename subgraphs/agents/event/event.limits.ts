import type { JsonBounds } from '../json/storable-json.ts'

export const eventNameLengthMax = 100
export const eventKeyLengthMax = 400
export const eventDataBounds: JsonBounds = { bytesMax: 64 * 1024, depthMax: 32 }
/** Waits that begin later take an event until then. */
export const eventKeptMs = 24 * 60 * 60_000
/** Of one organization. */
export const eventsKeptMax = 10_000
/** Runs that one transaction wakes. */
export const deliveriesAtOnce = 200
