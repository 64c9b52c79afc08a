import type { Definition } from '../../agent/definition/definition.ts'
import type { RunBudget } from '../../limits/run-budget.ts'
import type { StoredStep } from '../../step/step-record.ts'
import type { RunEnding } from '../run.entity.ts'

/** A run in the hands of one owner, who may store for it as long as nobody claimed it after them. */
export interface ClaimedRun {
  readonly runId: string
  readonly organizationId: string
  /** Which owner this is; every commit checks that it is still the last one. */
  readonly epoch: number
  readonly agentId: string
  /** The user whose rights the run uses. */
  readonly startedBy: string
  /** As given at the start, over the definition's defaults. */
  readonly input: Readonly<Record<string, unknown>>
  readonly definition: Definition
  /** The scopes that the run may use as far as its starter has them: the agent’s, and no more than who started it for them. */
  readonly grants: readonly string[]
  readonly requestId: string
  readonly traceparent: string
  /** ISO 8601, of the first claim. */
  readonly startedAt: string
  /** ISO 8601, by the database's clock: when it was claimed. */
  readonly claimedAt: string
  /** How many owners in a row were lost without completing a step. */
  readonly ownersLost: number
  /** How the run is ending already, while what it did is being undone. */
  readonly ending: RunEnding | null
  readonly depth: number
  readonly parentRunId: string | null
  readonly parentPath: string | null
  readonly budget: RunBudget
  readonly used: RunUsage
  /** Of all outputs of its steps, as JSON. */
  readonly payloadBytes: number
  readonly steps: readonly StoredStep[]
  readonly cancelRequested: boolean
}

/** What a run has used up so far. */
export interface RunUsage {
  readonly stepsDone: number
  readonly inputTokens: number
  readonly outputTokens: number
  /** In millionths of a US dollar. */
  readonly costMicros: number
}

/** What names an owner's hold on a run. */
export type RunHold = Pick<ClaimedRun, 'runId' | 'organizationId' | 'epoch'>
