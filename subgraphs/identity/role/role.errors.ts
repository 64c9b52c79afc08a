import { DomainError } from '#platform/errors/domain-error'

export class RoleLastOwnerError extends DomainError {
  constructor() {
    super('ROLE_LAST_OWNER', 'This is the last owner. Make somebody else an owner first.')
  }
}
