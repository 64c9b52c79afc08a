import type { Definition, StepKind } from '../../agent/definition/definition.ts'

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
  readonly finishedSteps: readonly FinishedStep[]
  readonly cancelRequested: boolean
}

export interface FinishedStep {
  readonly path: string
  readonly id: string
  readonly kind: StepKind
  readonly output: unknown
}

/** What names an owner's hold on a run. */
export type RunHold = Pick<ClaimedRun, 'runId' | 'epoch'>
