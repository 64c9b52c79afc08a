import { DomainError, type DomainErrorOptions } from '#platform/errors/domain-error'

/** The supergraph cannot be served; `message` says what to do about it. For the operator: it never meets a client. */
export class SupergraphInvalidError extends DomainError {
  constructor(message: string, options?: DomainErrorOptions) {
    super('SUPERGRAPH_INVALID', message, options)
  }
}
