import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import { withCaller } from '#platform/graphql/context'
import type { IdentityCtx } from '../identity.context.ts'
import type { Asked } from '../mail/mail-order.ts'
import { activePlaceOf } from '../membership/membership.queries.ts'
import { PasswordCredential } from '../user/password-credential.entity.ts'
import { User } from '../user/user.entity.ts'
import { issuePasswordReset } from './issue-password-reset.ts'
import { resetMinutes } from './password.limits.ts'

/**
 * Makes the token that somebody asked for by address. Whoever asked is gone by now, so that nothing told them whether
 * there is such an account.
 *
 * @returns undefined when nobody with a password has this address, or has a place to sign in to
 */
export async function answerPasswordReset(ctx: IdentityCtx, order: { readonly email: string; readonly asked: Asked }) {
  const user = await read(ctx, async (em) => {
    const found = await em.findOne(User, { email: order.email, kind: 'person' })
    return found && (await em.findOne(PasswordCredential, { userId: found.id })) && found
  })
  const place = user && (await activePlaceOf(ctx, user))
  if (user === null || place === null) return undefined
  const { requestId, address, userAgent } = order.asked
  const asked = withCaller({ ...place, requestId }, { ...place.caller, kind: 'anonymous', address, userAgent })
  const token = await write(asked, 'password.reset-issued', (tx) => {
    tx.target('user', user.id, user.name)
    return issuePasswordReset(tx, user.id, asked.caller.organizationId, null)
  })
  return { to: user.email, token: token.text, minutes: resetMinutes }
}
