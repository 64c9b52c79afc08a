import { DomainError } from '#platform/errors/domain-error'
import { runDepthMax } from './run.limits.ts'

/** Somebody else owns the run by now, or it is finished: nothing of this owner's may be stored any more. */
export class RunLeaseLostError extends DomainError {
  constructor(runId: string, epoch: number) {
    super('RUN_LEASE_LOST', 'The run goes on elsewhere.', { internal: `run ${runId} is not ours at epoch ${epoch}` })
  }
}

/** A run that a run started that a run started …, once too often. */
export class RunTooDeepError extends DomainError {
  constructor() {
    super('RUN_TOO_DEEP', `Runs that start one another are nested deeper than ${runDepthMax}.`)
  }
}

/** There is no such step to go on from. */
export class RunStepUnknownError extends DomainError {
  constructor() {
    super(
      'RUN_STEP_UNKNOWN',
      'The run has begun no such step, or it is one that no run can go on from: one that undoes another, or that a step made of itself, as an answer of a model: name the step of the definition.',
    )
  }
}

/** The agent has no version with that number. */
export class AgentVersionUnknownError extends DomainError {
  constructor() {
    super('AGENT_VERSION_UNKNOWN', 'The agent has no version with this number.')
  }
}

export class RunIdempotencyConflictError extends DomainError {
  constructor() {
    super(
      'RUN_IDEMPOTENCY_CONFLICT',
      'This idempotency key has started a run with another input. Use a new key for a new run.',
    )
  }
}

/** A result that cannot be kept: too large, too deep, with text that no database stores, or not as the agent's schema has it. */
export class RunOutputInvalidError extends DomainError {
  constructor(fault: string) {
    super('RUN_OUTPUT_INVALID', `The output cannot be taken: ${fault}`)
  }
}
