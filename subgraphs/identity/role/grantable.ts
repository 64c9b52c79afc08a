import type { Caller } from '#platform/caller/caller'
import { ForbiddenError, InvalidInputError } from '#platform/errors/common-errors'
import { isSystemRole, scopesOf, systemRoles } from './system-roles.ts'

/** @throws InvalidInputError for an unknown role; ForbiddenError when a role has a scope that the caller lacks */
export function requireGrantable(caller: Caller, roles: readonly string[]): void {
  if (roles.length === 0) throw new InvalidInputError('Name at least one role.')
  const unknown = roles.find((role) => !isSystemRole(role))
  if (unknown !== undefined)
    throw new InvalidInputError(`There is no such role. The roles are: ${Object.keys(systemRoles).join(', ')}.`)
  const lacking = scopesOf(roles, caller.organizationId).filter((scope) => !caller.scopes.includes(scope))
  if (lacking.length > 0) throw new ForbiddenError(`You cannot grant what you do not have: ${lacking.join(', ')}.`)
}
