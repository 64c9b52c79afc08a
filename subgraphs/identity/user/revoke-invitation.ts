import { LockMode } from '@mikro-orm/core'
import { write } from '#platform/db/write'
import { NotFoundError } from '#platform/errors/common-errors'
import { isId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import { Invitation } from './invitation.entity.ts'
import { isOpen } from './invitation.status.ts'

/** Takes back a place that nobody took yet. Repeating it, or coming too late, changes nothing. */
export async function revokeInvitation(ctx: IdentityCtx, id: string): Promise<Invitation> {
  if (!isId(id)) throw new NotFoundError('invitation')
  return write(ctx, 'invitation.revoked', async (tx) => {
    const invitation = await tx.em.findOne(Invitation, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    if (invitation === null) throw new NotFoundError('invitation')
    tx.target('invitation', invitation.id, invitation.email)
    const now = new Date()
    if (isOpen(invitation, now)) invitation.revokedAt = now
    else tx.unchanged()
    return invitation
  })
}
