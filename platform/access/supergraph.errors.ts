import { DomainError, type DomainErrorOptions } from '../errors/domain-error.ts'

/** The supergraph cannot be served; `message` says what to do about it. For the operator: it never meets a client. */
export class SupergraphInvalidError extends DomainError {
  constructor(message: string, options?: DomainErrorOptions) {
    super('SUPERGRAPH_INVALID', message, options)
  }
}
