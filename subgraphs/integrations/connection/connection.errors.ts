import { DomainError } from '#platform/errors/domain-error'

/** The operator has given this installation no key to seal secrets with; storing them in the clear is no alternative. */
export class ConnectionSecretsUnavailableError extends DomainError {
  constructor() {
    super(
      'CONNECTION_SECRETS_UNAVAILABLE',
      'This installation cannot store secrets: its operator must set CONNECTION_SECRETS_KEY first.',
    )
  }
}
