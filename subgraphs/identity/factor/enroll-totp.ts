import { write } from '#platform/db/write'
import type { IdentityCtx } from '../identity.context.ts'
import { ChallengeInvalidError } from './factor.errors.ts'
import { factorsOf, hasFactor } from './factor.queries.ts'
import { factorOwner } from './factor-owner.ts'
import { totpPlace } from './spend-totp-code.ts'
import { Totp } from './totp.entity.ts'
import { newTotpSecret, totpUri } from './totp-code.ts'

/**
 * A new secret for an authenticator application. It counts only when `confirmTotp` has been given a code of it; until
 * then one that is in use stays in use.
 */
export async function enrollTotp(
  ctx: IdentityCtx,
  { challengeToken }: { readonly challengeToken?: string | null },
): Promise<{ secret: string; uri: string }> {
  const owner = await factorOwner(ctx, challengeToken)
  const { user } = owner
  const secret = newTotpSecret()
  const sealed = ctx.parts.box.seal(secret, totpPlace(user.id))
  return write(owner.ctx, 'factor.begun', async (tx) => {
    tx.target('user', user.id, user.name)
    tx.detail('factor', 'totp')
    if (owner.signIn !== null && hasFactor(await factorsOf(tx.em, user.id)))
      return tx.refuse('factor.refused', new ChallengeInvalidError('a factor was added meanwhile'))
    await tx.em.upsert(
      Totp,
      { userId: user.id, pendingSecret: sealed, createdAt: new Date() },
      { onConflictMergeFields: ['pendingSecret'] },
    )
    return { secret, uri: totpUri(secret, user.email) }
  })
}
