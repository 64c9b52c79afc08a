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
  constructor(retryAfterSeconds: number) {
    super('RATE_LIMITED', `Too many requests. Try again in ${retryAfterSeconds} seconds.`, {
      details: { retryAfterSeconds },
    })
  }
}

/** An operation that would cost more to plan or to execute than one may. */
export class OperationTooComplexError extends DomainError {
  constructor(message = 'The operation is too large to be planned.', options?: DomainErrorOptions) {
    super('OPERATION_TOO_COMPLEX', message, options)
  }
}

/** By GET nothing is changed, and nothing is subscribed to. */
export class MethodNotAllowedError extends DomainError {
  constructor(kind: string) {
    super('BAD_USER_INPUT', `GET requests only support query operations, not ${kind} operations: send it by POST.`)
  }
}

/** What happens later has no place in one answer. */
export class EventStreamNeededError extends DomainError {
  constructor() {
    super('BAD_USER_INPUT', 'Subscribe with accept: text/event-stream, or over a WebSocket.')
  }
}

/** Words and code are what clients of Apollo's persisted queries wait for before they send the text. */
export class PersistedQueryNotSupportedError extends DomainError {
  constructor() {
    super('PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported')
  }
}
