import { DomainError } from '#platform/errors/domain-error'

/** `details` lists what is wrong with it, and where. */
export class OperationInvalidError extends DomainError {
  constructor(message: string, faults: readonly OperationFault[] = []) {
    super('OPERATION_INVALID', message, faults.length === 0 ? {} : { details: faults })
  }
}

export interface OperationFault {
  readonly message: string
  readonly line?: number
  readonly column?: number
}

export class OperationTooComplexError extends DomainError {
  constructor(message: string) {
    super('OPERATION_TOO_COMPLEX', message)
  }
}

/** This process cannot read the supergraph; its log says why. Everything else works. */
export class AccessRulesUnavailableError extends DomainError {
  constructor(path: string, cause: unknown) {
    super('ACCESS_RULES_UNAVAILABLE', 'The rules cannot be read right now.', {
      internal: `The supergraph ${path} cannot be read. Compose it first, or set SUPERGRAPH_PATH.`,
      cause,
    })
  }
}
