import { DomainError } from '#platform/errors/domain-error'

/** Identity cannot sign now: it has not read its keys, or not for too long. */
export class SigningKeysUnavailableError extends DomainError {
  constructor(cause?: unknown) {
    super('SIGNING_KEYS_UNAVAILABLE', 'Access tokens cannot be issued right now. Try again in a moment.', { cause })
  }
}

/** The keys in the database were sealed with another secrets key than this process has. */
export class SigningKeysUnreadableError extends DomainError {
  constructor(kid: string) {
    const words = 'The signing keys cannot be opened: they were sealed with another IDENTITY_SECRETS_KEY.'
    super('SIGNING_KEYS_UNREADABLE', words, { internal: kid })
  }
}

/** A rotation now would sign with a key that not everybody has seen. */
export class SigningKeyTooNewError extends DomainError {
  readonly dueAt: Date
  constructor(dueAt: Date) {
    super(
      'SIGNING_KEY_TOO_NEW',
      `The next key is not published long enough: gateways may not know it before ${dueAt.toISOString()}.`,
    )
    this.dueAt = dueAt
  }
}
