import { DomainError } from '../../errors/domain-error.ts'

/** The guard will not make this call. `publicMessage` names the rule, never an address that a name resolved to. */
export class EgressRefusedError extends DomainError {
  constructor(publicMessage: string, internal?: string) {
    super('EGRESS_REFUSED', publicMessage, internal === undefined ? {} : { internal })
  }
}

export class EgressTimeoutError extends DomainError {
  constructor(timeoutMs: number) {
    super('EGRESS_TIMEOUT', `The remote service did not answer within ${timeoutMs} ms.`)
  }
}

export class EgressTooLargeError extends DomainError {
  constructor(what: 'body' | 'headers', bytesMax: number) {
    super('EGRESS_TOO_LARGE', `The ${what} of the answer passed the limit of ${bytesMax} bytes.`)
  }
}

/** The call was allowed and did not succeed: no such name, no connection, a broken answer, too many redirects. */
export class EgressFailedError extends DomainError {
  constructor(publicMessage: string, internal?: string) {
    super('EGRESS_FAILED', publicMessage, internal === undefined ? {} : { internal })
  }
}
