import type { Caller } from '#platform/caller/caller'
import { confirmTotp } from '../../subgraphs/identity/factor/confirm-totp.ts'
import { enrollTotp } from '../../subgraphs/identity/factor/enroll-totp.ts'
import { totpCodeAt } from '../../subgraphs/identity/factor/totp-code.ts'
import type { IdentityCtx } from '../../subgraphs/identity/identity.context.ts'

const stepMs = 30_000

/** An authenticator application in a user's hand. */
export interface Authenticator {
  readonly secret: string
  readonly recoveryCodes: readonly string[]
  /** The code of now, or of some steps of 30 seconds later or earlier. */
  code(steps?: number): string
}

export const authenticatorOf = (secret: string, recoveryCodes: readonly string[] = []): Authenticator => ({
  secret,
  recoveryCodes,
  code: (steps = 0) => totpCodeAt(secret, Date.now() + steps * stepMs),
})

/** Gives the caller an authenticator application; the code that confirms it is of the step before now, so that now's is left. */
export async function addAuthenticator(
  ctxFor: (caller: Caller) => IdentityCtx,
  caller: Caller,
): Promise<Authenticator> {
  const { secret } = await enrollTotp(ctxFor(caller), {})
  const code = authenticatorOf(secret).code(-1)
  const { recoveryCodes } = await confirmTotp(ctxFor(caller), { code, endOtherSessions: false })
  return authenticatorOf(secret, recoveryCodes ?? [])
}

/** A code that is none of the authenticator's, now or soon. */
export function wrongCodeOf(authenticator: Pick<Authenticator, 'code'>): string {
  const right = [-2, -1, 0, 1, 2].map((steps) => authenticator.code(steps))
  return ['123456', '234567', '345678', '456789', '567890', '678901'].find((code) => !right.includes(code)) ?? ''
}
