import { DomainError, type DomainErrorOptions } from './domain-error.ts'

export class UnauthenticatedError extends DomainError {
  constructor(message = 'Sign in first: this needs a valid access token.', options?: DomainErrorOptions) {
    super('UNAUTHENTICATED', message, options)
  }
}

export class ForbiddenError extends DomainError {
  constructor(message = 'Your rights do not reach this.', options?: DomainErrorOptions) {
    super('FORBIDDEN', message, options)
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
