import { DomainError } from '#platform/errors/domain-error'

export class EventIdempotencyConflictError extends DomainError {
  constructor() {
    super('EVENT_IDEMPOTENCY_CONFLICT', 'This idempotency key has sent another event. Use a new key for a new event.')
  }
}

export class EventsTooManyError extends DomainError {
  constructor(most: number) {
    super('EVENTS_TOO_MANY', `The organization has ${most} events of the last 24 hours; there is no room for more.`)
  }
}
