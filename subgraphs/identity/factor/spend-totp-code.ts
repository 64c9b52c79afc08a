import type { Tx } from '#platform/db/write'
import type { IdentityCtx } from '../identity.context.ts'
import { totpWrongMax, totpWrongMinutes } from './factor.limits.ts'
import { stepOfCode } from './totp-code.ts'

export const totpPlace = (userId: string) => ['user', userId, 'totp']

/**
 * Takes a code of a user's authenticator, which is good once: neither it nor an earlier one is taken again
 * (RFC 6238 §5.2). Each try is counted before the code is looked at, on the locked row, so that guesses made at once are
 * bounded like guesses made one by one.
 */
export async function spendTotpCode(
  ctx: IdentityCtx,
  tx: Tx,
  userId: string,
  code: string,
): Promise<'right' | 'wrong' | 'locked'> {
  const now = new Date()
  const since = new Date(now.getTime() - totpWrongMinutes * 60_000)
  const [row] = await tx.em.execute<{ secret: string | null; wrong_count: number }[]>(
    `update identity.totp set
       wrong_count = case when wrong_since > ? then wrong_count + 1 else 1 end,
       wrong_since = case when wrong_since > ? then wrong_since else ? end
     where user_id = ? returning secret, wrong_count`,
    [since, since, now, userId],
  )
  if (row === undefined || row.secret === null) return 'wrong'
  if (row.wrong_count > totpWrongMax) return 'locked'
  const step = stepOfCode(ctx.parts.box.open(row.secret, totpPlace(userId)), code, now.getTime())
  if (step === undefined) return 'wrong'
  const taken = await tx.em.execute<object[]>(
    `update identity.totp set last_step = ?, wrong_count = 0, wrong_since = null
     where user_id = ? and last_step < ? returning user_id`,
    [step, userId, step],
  )
  if (taken.length === 1) return 'right'
  // Sent twice, not guessed.
  await tx.em.execute('update identity.totp set wrong_count = wrong_count - 1 where user_id = ?', [userId])
  return 'wrong'
}
