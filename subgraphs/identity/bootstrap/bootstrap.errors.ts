import { DomainError } from '#platform/errors/domain-error'

/** The same words for a token that never was, is spent, replaced or too old. */
export class BootstrapRefusedError extends DomainError {
  constructor(internal: string) {
    super('BOOTSTRAP_REFUSED', 'This bootstrap token is not good, or not any more.', { internal, refusal: true })
  }
}

/** For the operator, who holds the database anyway. */
export class BootstrapDoneError extends DomainError {
  constructor() {
    super(
      'BOOTSTRAP_DONE',
      'There is an owner already: no bootstrap token is made any more. Owners invite further people.',
    )
  }
}
