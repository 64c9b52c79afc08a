import { DomainError } from '#platform/errors/domain-error'

/** An operation that so many combinations of types could answer that what it costs cannot be told in time. */
export class CostUnknownError extends DomainError {
  constructor() {
    super(
      'OPERATION_TOO_COMPLEX',
      'The operation is too complex: there are too many ways in which types could answer it.',
    )
  }
}
