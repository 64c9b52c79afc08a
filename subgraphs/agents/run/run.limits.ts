import type { JsonBounds } from '../json/storable-json.ts'

export const inputBounds: JsonBounds = { bytesMax: 256 * 1024, depthMax: 64 }
/** Of a run and of each of its steps. */
export const outputBounds: JsonBounds = { bytesMax: 1024 * 1024, depthMax: 64 }
export const idempotencyKeyLengthMax = 255
export const stepsShownMax = 500
/** How deep runs may start one another: 0 is one that no run started. */
export const runDepthMax = 8
/** An output larger than this stands beside its step. */
export const asideBytesMin = 64 * 1024
/** Of the outputs of all steps of a run together, as JSON. */
export const payloadBytesMax = 32 * 1024 * 1024
