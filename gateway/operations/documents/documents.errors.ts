import { DomainError } from '#platform/errors/domain-error'

/** An id that nothing is registered under for this client. */
export class DocumentNotFoundError extends DomainError {
  constructor() {
    super('DOCUMENT_NOT_FOUND', 'No document is registered for this client under this id.')
  }
}

/** Asks the client to send the text once. Code and words are Apollo's protocol of automatic persisted queries. */
export class PersistedQueryNotFoundError extends DomainError {
  constructor() {
    super('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound')
  }
}
