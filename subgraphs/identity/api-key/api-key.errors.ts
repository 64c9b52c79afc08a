import { DomainError } from '#platform/errors/domain-error'

export class ApiKeyLimitError extends DomainError {
  constructor(max: number) {
    super('API_KEY_LIMIT', `A user has at most ${max} API keys at a time. Revoke one first.`)
  }
}

/** For the record only: whoever uses a key is never told what is wrong with it. */
export class ApiKeyRefusedError extends DomainError {
  constructor() {
    super('API_KEY_REFUSED', 'The API key is not valid.', { refusal: true })
  }
}
