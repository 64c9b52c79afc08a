import type { Caller } from '#platform/caller/caller'
import type { Tx } from '#platform/db/write'
import { ForbiddenError, NotFoundError } from '#platform/errors/common-errors'
import { isId } from '#platform/id'
import type { Membership } from '../membership/membership.entity.ts'
import { loadScopes } from '../role/current-rights.ts'
import { heldNow } from '../role/grantable.ts'
import { holdWithOwners } from '../role/last-owner.ts'
import { User } from './user.entity.ts'

/** Whether a person acts on their own account: neither an agent nor a key may do so in their name. */
export const actsOnSelf = (caller: Caller, userId: string): boolean =>
  caller.userId === userId && caller.agentId === null && caller.apiKeyId === null

/**
 * A member of the caller's organization whom the caller may change: themselves if `own`, else with `user:write`, and then
 * nobody with wider rights than the caller's own of this moment.
 *
 * @throws ForbiddenError the same whether there is such a member or not, or because of wider rights
 * @throws NotFoundError
 */
export async function memberToChange(tx: Tx, caller: Caller, userId: string, { own }: { readonly own: boolean }) {
  const isOwn = own && actsOnSelf(caller, userId)
  const held = isOwn ? [] : await heldNow(tx, caller, 'user:write')
  const found = isId(userId) ? await holdWithOwners(tx, userId) : undefined
  if (found === undefined) throw new NotFoundError('user')
  if (!isOwn) await requireReach(tx, caller, held, found.member)
  return { ...found, user: await tx.em.findOneOrFail(User, { id: userId }) }
}

async function requireReach(tx: Tx, caller: Caller, held: readonly string[], member: Membership): Promise<void> {
  const theirs = await loadScopes(tx.em, member.roles, caller.organizationId)
  if (theirs.some((scope) => !held.includes(scope)))
    throw new ForbiddenError('This member’s rights are wider than yours.')
}
