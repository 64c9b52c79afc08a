import { DomainError, type DomainErrorOptions } from '#platform/errors/domain-error'

/** Something the gateway needs for this answer does not answer itself. Names neither what nor where. */
export class SubgraphUnavailableError extends DomainError {
  constructor(message = 'A part of the platform does not answer right now.', options?: DomainErrorOptions) {
    super('SUBGRAPH_UNAVAILABLE', message, options)
  }
}
