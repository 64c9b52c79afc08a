import { DomainError, type DomainErrorOptions } from './domain-error.ts'

export class UnauthenticatedError extends DomainError {
  constructor(message = 'Sign in first: this needs a valid access token.', options?: DomainErrorOptions) {
    super('UNAUTHENTICATED', message, { refusal: true, ...options })
  }
}

export class ForbiddenError extends DomainError {
  constructor(message = 'Your rights do not reach this.', options?: DomainErrorOptions) {
    super('FORBIDDEN', message, { refusal: true, ...options })
  }
}

/** The rights are there, but whoever uses them must have proven lately that it is they. */
export class StepUpRequiredError extends DomainError {
  constructor() {
    super(
      'STEP_UP_REQUIRED',
      'Confirm first that it is you: call reauthenticate, then try again within five minutes.',
      {
        refusal: true,
      },
    )
  }
}

/** The operation as a whole is none that may be asked for; nothing of it was executed. */
export class OperationNotAllowedError extends DomainError {
  constructor(message: string) {
    super('OPERATION_NOT_ALLOWED', message)
  }
}

/** What is not there and what the caller may not know of are answered by this, in the same words. */
export class NotFoundError extends DomainError {
  constructor(noun: string, options?: DomainErrorOptions) {
    super('NOT_FOUND', `No such ${noun}.`, options)
  }
}

export class InvalidInputError extends DomainError {
  constructor(message: string, options?: DomainErrorOptions) {
    super('BAD_USER_INPUT', message, options)
  }
}

export class ConflictError extends DomainError {
  constructor(message: string, options?: DomainErrorOptions) {
    super('CONFLICT', message, options)
  }
}

/** Too often; how long to wait is in the details. */
export class RateLimitedError extends DomainError {
  /** @param retryAfterSeconds whole seconds until trying again makes sense */
  constructor(retryAfterSeconds: number) {
    super('RATE_LIMITED', 'Too many attempts. Wait a while, then try again.', { details: { retryAfterSeconds } })
  }
}
