import { LockMode } from '@mikro-orm/core'
import { write } from '#platform/db/write'
import { ConflictError, UnauthenticatedError } from '#platform/errors/common-errors'
import type { IdentityCtx } from '../identity.context.ts'
import { User } from '../user/user.entity.ts'
import { factorsOf, hasFactor } from './factor.queries.ts'
import { replaceRecoveryCodes } from './recovery-codes.ts'

/** New recovery codes in place of the caller's old ones. */
export function regenerateRecoveryCodes(ctx: IdentityCtx): Promise<string[]> {
  const { userId } = ctx.caller
  if (userId === null) throw new UnauthenticatedError()
  return write(ctx, 'factor.codes-replaced', async (tx) => {
    const user = await tx.em.findOneOrFail(User, { id: userId }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    tx.target('user', user.id, user.name)
    if (!hasFactor(await factorsOf(tx.em, userId)))
      throw new ConflictError('Recovery codes stand in for a second factor: add one first.')
    return replaceRecoveryCodes(tx, userId)
  })
}
