import { DomainError, type DomainErrorOptions } from '#platform/errors/domain-error'

/** Something the gateway needs for this answer does not answer itself. Names neither what nor where. */
export class SubgraphUnavailableError extends DomainError {
  constructor(message = 'A part of the platform does not answer right now.', options?: DomainErrorOptions) {
    super('SUBGRAPH_UNAVAILABLE', message, options)
  }
}

/** A token that is in order, but names what was revoked after it was issued. */
export class TokenRevokedError extends DomainError {
  constructor() {
    super('UNAUTHENTICATED', 'The access token was revoked. Refresh it, or sign in again.', { refusal: true })
  }
}

/** The field, the type it stands on, or the type it answers with asks for a right that the caller does not have. */
export class UnauthorizedFieldError extends DomainError {
  constructor(message = 'Your rights do not reach this field.', options?: DomainErrorOptions) {
    super('UNAUTHORIZED_FIELD_OR_TYPE', message, options)
  }
}

/** The same words for a key that is mistyped, was never made, ran out, was revoked, or whose user is gone. */
export class ApiKeyInvalidError extends DomainError {
  constructor() {
    super('UNAUTHENTICATED', 'The API key is not valid.', { refusal: true })
  }
}

export class RateLimitedError extends DomainError {
  readonly retryAfterSeconds: number
  constructor(retryAfterSeconds: number) {
    super('RATE_LIMITED', `Too many requests. Try again in ${retryAfterSeconds} seconds.`)
    this.retryAfterSeconds = retryAfterSeconds
  }
}
