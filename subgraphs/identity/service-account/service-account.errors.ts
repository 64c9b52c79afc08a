import { DomainError } from '#platform/errors/domain-error'

export class ServiceAccountLimitError extends DomainError {
  constructor(max: number) {
    super('SERVICE_ACCOUNT_LIMIT', `An organization has at most ${max} service accounts. Remove one first.`)
  }
}
