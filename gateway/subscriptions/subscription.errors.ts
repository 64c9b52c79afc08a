import { DomainError } from '#platform/errors/domain-error'

/** This process ends; another one is there, or will be. */
export class ServerShutdownError extends DomainError {
  readonly retryAfterMs: number

  /** @param retryAfterMs when to come again: another time for each client, so that they do not all come at once */
  constructor(retryAfterMs: number) {
    super('SERVER_SHUTDOWN', 'This server is restarting. Connect again; nothing is lost after your last event.', {
      details: { retryAfterMs },
    })
    this.retryAfterMs = retryAfterMs
  }
}

/** What was to be sent has waited too long for the client to read it. */
export class ClientTooSlowError extends DomainError {
  constructor() {
    super('CLIENT_TOO_SLOW', 'Events were not read in time. Connect again; nothing is lost after your last event.')
  }
}

/** The credential was in order, and has run out. */
export class CredentialEndedError extends DomainError {
  constructor() {
    const words = 'Your credential has ended. Connect again with a new one; nothing is lost after your last event.'
    super('UNAUTHENTICATED', words, { refusal: true })
  }
}

/** As many as one client, one organization, or this process may have at a time. */
export class TooManySubscriptionsError extends DomainError {
  /** @param whose what the limit is of, in words that end the sentence */
  constructor(whose: string, retryAfterSeconds: number) {
    super('RATE_LIMITED', `Too many subscriptions at once for ${whose}. End one, or try again later.`, {
      details: { retryAfterSeconds },
    })
  }
}
