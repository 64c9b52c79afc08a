import { DomainError } from '#platform/errors/domain-error'

export class RoleLastOwnerError extends DomainError {
  constructor() {
    super('ROLE_LAST_OWNER', 'This is the last owner. Make somebody else an owner first.')
  }
}

export class RoleNameTakenError extends DomainError {
  constructor() {
    super('ROLE_NAME_TAKEN', 'There is a role of this name, or one that differs in upper and lower case only.')
  }
}

export class RoleLimitError extends DomainError {
  constructor(max: number) {
    super('ROLE_LIMIT', `An organization has at most ${max} roles of its own. Delete one first.`)
  }
}

/** A role goes only when nobody can be surprised by it. */
export class RoleInUseError extends DomainError {
  constructor(holders: { readonly members: number; readonly invitations: number }) {
    const { members, invitations } = holders
    super(
      'ROLE_IN_USE',
      `Members (${members}) or open invitations (${invitations}) hold this role. Take it from them first.`,
      {
        details: { members, invitations },
      },
    )
  }
}
