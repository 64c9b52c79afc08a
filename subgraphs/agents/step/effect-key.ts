import { createHash } from 'node:crypto'

/** The same at every attempt of a step of a run, and of no other: what the outside gets as `Idempotency-Key`. */
export const effectKeyOf = (runId: string, path: string): string =>
  createHash('sha256').update(`${runId}\n${path}`).digest('base64url')
