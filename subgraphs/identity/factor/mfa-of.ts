import { read } from '#platform/db/read'
import { UnauthenticatedError } from '#platform/errors/common-errors'
import type { IdentityCtx } from '../identity.context.ts'
import { User } from '../user/user.entity.ts'
import { factorsOf, isFactorRequiredAnywhere } from './factor.queries.ts'
import type { Passkey } from './passkey.entity.ts'

/** The caller's second factors. */
export async function mfaOf(ctx: IdentityCtx): Promise<{
  totp: boolean
  passkeys: readonly Passkey[]
  recoveryCodesLeft: number
  required: boolean
}> {
  const { userId } = ctx.caller
  const user = userId === null ? null : await read(ctx, (em) => em.findOne(User, { id: userId }))
  if (user === null) throw new UnauthenticatedError()
  const { totp, passkeys, recoveryCodes } = await read(ctx, (em) => factorsOf(em, user.id))
  return { totp, passkeys, recoveryCodesLeft: recoveryCodes, required: await isFactorRequiredAnywhere(ctx, user) }
}
