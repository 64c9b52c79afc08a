import { type Attempt, beginAttempt } from '../attempt/begin-attempt.ts'
import type { IdentityCtx } from '../identity.context.ts'
import type { User } from '../user/user.entity.ts'
import type { GivenFactor } from './prove-factor.ts'

/** Counts an attempt at a code; a passkey cannot be guessed. @throws RateLimitedError */
export async function beginCode(ctx: IdentityCtx, given: GivenFactor, { email }: User): Promise<Attempt | undefined> {
  return given.kind === 'passkey' ? undefined : beginAttempt(ctx, { purpose: 'code', account: email })
}
