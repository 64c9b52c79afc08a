import { DomainError } from '#platform/errors/domain-error'

/** Somebody else owns the run by now, or it is finished: nothing of this owner's may be stored any more. */
export class RunLeaseLostError extends DomainError {
  constructor(runId: string, epoch: number) {
    super('RUN_LEASE_LOST', 'The run goes on elsewhere.', { internal: `run ${runId} is not ours at epoch ${epoch}` })
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
