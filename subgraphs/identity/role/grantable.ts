import type { Caller } from '#platform/caller/caller'
import type { Tx } from '#platform/db/write'
import { ForbiddenError, InvalidInputError } from '#platform/errors/common-errors'
import { currentRights, loadScopes } from './current-rights.ts'
import { isSystemRole, systemRoles } from './system-roles.ts'

/** @throws InvalidInputError for an unknown role */
export function requireRoles(roles: readonly string[]): void {
  if (roles.length === 0) throw new InvalidInputError('Name at least one role.')
  if (!roles.every(isSystemRole))
    throw new InvalidInputError(`There is no such role. The roles are: ${Object.keys(systemRoles).join(', ')}.`)
}

/**
 * Whoever gives or takes roles must hold all that they stand for, and hold it now: a token keeps the rights of its
 * issue for minutes, in which somebody who lost a role could give it back to themselves.
 *
 * @param scope the right that the act itself needs
 * @throws ForbiddenError when the act or a role has a scope that the caller lacks
 */
export async function requireGrantable(tx: Tx, caller: Caller, scope: string, roles: readonly string[]): Promise<void> {
  const rights = caller.userId === null ? null : await currentRights(tx.em, caller.organizationId, caller.userId)
  const held = (rights?.scopes ?? []).filter((each) => caller.scopes.includes(each))
  if (!held.includes(scope)) throw new ForbiddenError()
  const lacking = (await loadScopes(tx.em, roles, caller.organizationId)).filter((each) => !held.includes(each))
  if (lacking.length > 0) throw new ForbiddenError(`You cannot grant what you do not have: ${lacking.join(', ')}.`)
}
