import type { Tx } from '#platform/db/write'
import type { IdentityCtx } from '../identity.context.ts'
import { Totp } from './totp.entity.ts'
import { stepOfCode } from './totp-code.ts'

export const totpPlace = (userId: string) => ['user', userId, 'totp']

/**
 * Takes a code of a user's authenticator, which is good once: neither it nor an earlier one is taken again
 * (RFC 6238 §5.2). One conditional statement decides, so that of many who give the same code at once one has it.
 */
export async function spendTotpCode(ctx: IdentityCtx, tx: Tx, userId: string, code: string): Promise<boolean> {
  const totp = await tx.em.findOne(Totp, { userId }, { refresh: true })
  if (totp?.secret == null) return false
  const step = stepOfCode(ctx.parts.box.open(totp.secret, totpPlace(userId)), code, Date.now())
  if (step === undefined) return false
  const taken = await tx.em.execute<object[]>(
    'update identity.totp set last_step = ? where user_id = ? and secret = ? and last_step < ? returning user_id',
    [step, userId, totp.secret, step],
  )
  return taken.length === 1
}
