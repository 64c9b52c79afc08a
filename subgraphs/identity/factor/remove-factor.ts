import { LockMode } from '@mikro-orm/core'
import { read } from '#platform/db/read'
import { type Tx, write } from '#platform/db/write'
import { NotFoundError, UnauthenticatedError } from '#platform/errors/common-errors'
import { isId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import { endSessionsEverywhere } from '../session/log-out-everywhere.ts'
import { User } from '../user/user.entity.ts'
import { FactorRequiredError } from './factor.errors.ts'
import { type Factors, factorsOf, hasFactor, isFactorRequiredAnywhere } from './factor.queries.ts'
import { Passkey } from './passkey.entity.ts'
import { RecoveryCode } from './recovery-code.entity.ts'
import { tellOwner } from './tell-owner.ts'
import { Totp } from './totp.entity.ts'

/** Puts the caller's authenticator application out of use. */
export const disableTotp = (ctx: IdentityCtx, endOtherSessions: boolean): Promise<void> =>
  removeFactor(ctx, endOtherSessions, async (tx, { totp, ...others }) => {
    if (!totp) throw new NotFoundError('factor')
    tx.detail('factor', 'totp')
    return { left: { ...others, totp: false }, remove: () => tx.em.nativeDelete(Totp, { userId: ctx.caller.userId }) }
  })

/** Removes one of the caller's passkeys. */
export const deletePasskey = (ctx: IdentityCtx, id: string, endOtherSessions: boolean): Promise<void> =>
  removeFactor(ctx, endOtherSessions, async (tx, { passkeys, ...others }) => {
    const passkey = isId(id) ? passkeys.find((each) => each.id === id) : undefined
    if (passkey === undefined) throw new NotFoundError('passkey')
    tx.detail('factor', 'passkey')
    tx.target('passkey', passkey.id, passkey.name)
    const left = { ...others, passkeys: passkeys.filter((each) => each.id !== id) }
    return { left, remove: () => tx.em.nativeDelete(Passkey, { id, userId: ctx.caller.userId }) }
  })

/** Recovery codes go with the last factor, which stays while a role of the user needs it in any organization. */
async function removeFactor(
  ctx: IdentityCtx,
  endOtherSessions: boolean,
  choose: (tx: Tx, before: Factors) => Promise<{ left: Factors; remove: () => Promise<unknown> }>,
): Promise<void> {
  const { userId, sessionId } = ctx.caller
  const user = userId === null ? null : await read(ctx, (em) => em.findOne(User, { id: userId }))
  if (user === null) throw new UnauthenticatedError()
  const required = await isFactorRequiredAnywhere(ctx, user)
  await write(ctx, 'factor.removed', async (tx) => {
    tx.target('user', user.id, user.name)
    await tx.em.findOneOrFail(User, { id: user.id }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    const { left, remove } = await choose(tx, await factorsOf(tx.em, user.id))
    if (required && !hasFactor(left)) return tx.refuse('factor.remove-refused', new FactorRequiredError())
    await remove()
    tellOwner(ctx, tx, user, 'removed')
    if (!hasFactor(left)) await tx.em.nativeDelete(RecoveryCode, { userId: user.id })
    return undefined
  })
  if (endOtherSessions) await endSessionsEverywhere(ctx, user, sessionId)
}
