import type { StepKind } from '../agent/definition/definition.ts'
import type { AttemptStatus, StepStatus, WaitReason } from './step.status.ts'

/** In words for whoever may read the run. */
export interface StepError {
  readonly code: string
  readonly message: string
  /** Of a step that failed because one within it did: that one's path. */
  readonly step?: string
}

/** What a model's call used. A cost that is not known is null, never 0. */
export interface StepUsage {
  readonly model: string
  readonly inputTokens: number
  readonly outputTokens: number
  /** In millionths of a US dollar. */
  readonly costMicros: number | null
}

/** An attempt that is over. */
export interface Attempt {
  readonly attempt: number
  /** Which owner of the run made it. */
  readonly epoch: number
  readonly status: AttemptStatus
  /** ISO 8601. */
  readonly startedAt: string
  readonly finishedAt: string
  readonly error?: StepError
}

/** A step of a run as its owner holds it, and as it is stored: always whole, so that storing it again changes nothing. */
export interface StepRecord {
  readonly id: string
  /** Unique in the run: the ids of the steps around it, with iterations in brackets, and its own. */
  readonly path: string
  /** Its id in the definition. */
  readonly stepId: string
  readonly kind: StepKind
  status: StepStatus
  /** 1 for the first. */
  attempt: number
  epoch: number
  /** Those that are over, the last one's too once it is. */
  attempts: Attempt[]
  waitsFor: WaitReason | null
  /** ISO 8601; when the waiting ends by itself. */
  dueAt: string | null
  eventName: string | null
  eventKey: string | null
  /** What was decided once for good: the case that a branch took, the items of a map. */
  state: unknown
  input: unknown
  output: unknown
  error: StepError | null
  usage: StepUsage | null
  readonly effectKey: string
  /** Counts the steps of the run in the order in which they first began. */
  readonly ordinal: number
  /** In which order they ended; null until then. */
  doneOrdinal: number | null
  startedAt: string
  finishedAt: string | null
}

/** What somebody answered to a waiting step: who decides, sends an event or ends a child run. Never written by the run's owner. */
export interface Resolution {
  readonly status: 'SUCCEEDED' | 'FAILED'
  readonly value?: unknown
  readonly error?: StepError
}

export type StoredStep = StepRecord & { readonly resolution: Resolution | null }
