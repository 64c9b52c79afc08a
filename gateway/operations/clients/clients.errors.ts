import { DomainError } from '#platform/errors/domain-error'

/** The request asks by `X-Client-Id` for a profile whose binding it does not satisfy, or that is not there: the same words. */
export class ClientRefusedError extends DomainError {
  constructor() {
    super('CLIENT_REFUSED', 'This request is not of the client that X-Client-Id names.', { refusal: true })
  }
}

/** Every fault of the clients' folder at once. For the operator: it never meets a client. */
export class ClientsInvalidError extends DomainError {
  /** @param faults sentences that begin with the file */
  constructor(readonly faults: readonly string[]) {
    const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`
    super('CLIENTS_INVALID', `The client profiles have ${count}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
  }
}
