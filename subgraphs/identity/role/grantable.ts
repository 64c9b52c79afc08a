import { LockMode } from '@mikro-orm/core'
import type { Caller } from '#platform/caller/caller'
import type { Tx } from '#platform/db/write'
import { ForbiddenError, InvalidInputError } from '#platform/errors/common-errors'
import { currentRights, loadScopes } from './current-rights.ts'
import { Role } from './role.entity.ts'
import { rolesMax } from './role.limits.ts'
import { isSystemRole, systemRoles } from './system-roles.ts'

/**
 * Checks that the organization has these roles, and keeps its own ones until the transaction ends: a role cannot be
 * deleted while somebody is being given it.
 *
 * @throws InvalidInputError for none, and for an unknown one
 */
export async function requireRoles(tx: Tx, roles: readonly string[]): Promise<void> {
  if (roles.length === 0) throw new InvalidInputError('Name at least one role.')
  const own = [...new Set(roles.filter((role) => !isSystemRole(role)))]
  if (own.length === 0) return
  const found =
    own.length > rolesMax
      ? []
      : await tx.em.find(Role, { name: { $in: own } }, { lockMode: LockMode.PESSIMISTIC_READ, orderBy: { id: 'asc' } })
  if (found.length < own.length)
    throw new InvalidInputError(
      `There is no such role. The system’s are ${Object.keys(systemRoles).join(', ')}; \`roles\` tells all.`,
    )
}

/**
 * Whoever gives or takes rights must hold them, and hold them now: a token keeps the rights of its issue for minutes, in
 * which somebody who lost a role could give it back to themselves.
 *
 * @param scope the right that the act itself needs
 * @throws ForbiddenError when the caller lacks it, or one of `scopes`
 */
export async function requireHeld(tx: Tx, caller: Caller, scope: string, scopes: readonly string[]): Promise<void> {
  const held = await heldNow(tx, caller, scope)
  const lacking = [...new Set(scopes)].filter((each) => !held.includes(each))
  if (lacking.length > 0) throw new ForbiddenError(`You cannot grant what you do not have: ${lacking.join(', ')}.`)
}

/** What the caller's token says and still holds at this moment. @throws ForbiddenError when `scope` is not among it */
export async function heldNow(tx: Tx, caller: Caller, scope: string): Promise<readonly string[]> {
  const rights = caller.userId === null ? null : await currentRights(tx.em, caller.organizationId, caller.userId)
  const held = (rights?.scopes ?? []).filter((each) => caller.scopes.includes(each))
  if (!held.includes(scope)) throw new ForbiddenError()
  return held
}

/** The same for all that `roles` stand for. */
export async function requireGrantable(tx: Tx, caller: Caller, scope: string, roles: readonly string[]): Promise<void> {
  await requireHeld(tx, caller, scope, await loadScopes(tx.em, roles, caller.organizationId))
}

/**
 * Whether a member still has `scope` and all that `roles` stand for: what somebody handed out, to be used later, is worth
 * no more than what they could hand out by then.
 */
export async function canStillGrant(
  { em }: Tx,
  granter: { readonly organizationId: string; readonly userId: string },
  scope: string,
  roles: readonly string[],
): Promise<boolean> {
  const held = (await currentRights(em, granter.organizationId, granter.userId))?.scopes ?? []
  return [scope, ...(await loadScopes(em, roles, granter.organizationId))].every((each) => held.includes(each))
}
