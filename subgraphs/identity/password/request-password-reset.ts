import { systemOrganizationId } from '#platform/caller/caller'
import { write } from '#platform/db/write'
import { withCaller } from '#platform/graphql/context'
import type { IdentityCtx } from '../identity.context.ts'
import { emailLengthMax } from '../user/user.limits.ts'
import { countReset } from './reset-limit.ts'

/** How long somebody waits for a letter before they ask again. */
const usefulMs = 30 * 60_000

/**
 * Orders a letter that lets its reader choose a new password. The answer and the work are the same for every address:
 * whether there is an account is looked up only when the letter is written, by when nobody waits for an answer. One too
 * many is not sent, and answered like the others.
 */
export async function requestPasswordReset(ctx: IdentityCtx, input: { readonly email: string }): Promise<true> {
  const email = input.email.trim().toLowerCase()
  if (email.length > emailLengthMax || !email.isWellFormed()) return true
  const { address, userAgent } = ctx.caller
  const place = withCaller(ctx, { ...ctx.caller, organizationId: systemOrganizationId })
  await write(place, 'password.reset-requested', async (tx) => {
    if (!(await countReset(ctx, tx, email))) return
    const asked = { requestId: ctx.requestId, address, userAgent }
    const expiresAt = new Date(Date.now() + usefulMs)
    ctx.parts.mail.order(tx, { kind: 'password-reset-asked', email, asked }, expiresAt)
  })
  return true
}
