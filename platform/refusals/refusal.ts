import type { AuditRecord } from '#contracts/audit-recorded.event'
import type { Caller } from '../caller/caller.ts'

/** Somebody was turned away. */
export interface Refusal {
  readonly caller: Caller
  /** What was asked for: `Type.field`, or `GET /path`; null for credentials, which ask for nothing yet. */
  readonly coordinate: string | null
  /** The error's code. */
  readonly code: string
  /** Why, where the code alone does not say; one of a few words, never what the client sent. */
  readonly reason?: string
  readonly requestId: string
  readonly traceparent: string
}

/** All refusals of one caller at one coordinate within one minute. */
export interface RefusalRecord {
  /** Of the event that it becomes: taken twice, it is one event. */
  readonly id: string
  readonly organizationId: string
  readonly actor: AuditRecord['actor']
  readonly address: string | null
  readonly userAgent: string | null
  readonly coordinate: string | null
  readonly code: string
  readonly reason: string | null
  readonly count: number
  /** RFC 3339, as are the next two: the minute begins, the first and the last refusal. */
  readonly minute: string
  readonly firstAt: string
  readonly lastAt: string
  /** Of the last refusal. */
  readonly requestId: string
  readonly traceId: string
}

export interface RefusalBatch {
  readonly id: string
  readonly refusals: readonly RefusalRecord[]
}

/** Hears of each refusal where it happens. Returns at once, whatever comes of it. */
export interface RefusalListener {
  refused(refusal: Refusal, count?: number): void
}

/** Stands for the further coordinates of a caller who was refused at more of them than are told apart. */
export const furtherCoordinates = '*'

/** At most so many refusals make a batch. */
export const refusalsPerBatch = 200

/** Where a batch is handed in, and for whom its signature must be meant. */
export const refusalsPath = '/refusals'
export const refusalsAudience = 'refusals'
