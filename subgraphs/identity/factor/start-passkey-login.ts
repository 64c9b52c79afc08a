import { systemOrganizationId } from '#platform/caller/caller'
import { networkOf } from '#platform/caller/network-of'
import { write } from '#platform/db/write'
import { RateLimitedError } from '#platform/errors/common-errors'
import { countInWindow } from '../attempt/count-in-window.ts'
import type { IdentityCtx } from '../identity.context.ts'
import type { MfaChallenge } from '../session/mfa-challenge.graphql.ts'
import { asNobody } from './acting.ts'
import { openChallenge } from './challenge.ts'
import { MfaMethod } from './mfa-method.ts'
import { requestOptions } from './passkey-options.ts'

const minuteMs = 60_000
const begunPerAddressMax = 30

/**
 * Begins a sign-in by passkey alone, in which the device must make sure that it is its owner. The answer is the same for
 * everybody: it names no account and no passkey.
 *
 * @throws RateLimitedError
 */
export async function startPasskeyLogin(ctx: IdentityCtx): Promise<MfaChallenge> {
  const nobody = asNobody(ctx, systemOrganizationId)
  const passkeyOptions = await requestOptions(nobody, [])
  return write<MfaChallenge>(nobody, 'session.challenged', async (tx) => {
    const network = networkOf(ctx.caller.address)
    const limit = { limit: 'address', key: ctx.parts.attempts.keys.of('passkey-by', network), max: begunPerAddressMax }
    const waitMs = network === null ? 0 : await countInWindow(tx, [limit], minuteMs)
    if (waitMs > 0) return tx.refuse('attempt.limited', new RateLimitedError(Math.ceil(waitMs / 1_000)))
    // Nothing is known of anybody yet: what comes of it is recorded.
    tx.unchanged()
    const { token, row } = await openChallenge(nobody, tx, {
      purpose: 'passkey-sign-in',
      userId: null,
      passkeyChallenge: passkeyOptions.challenge,
    })
    return {
      challengeToken: token,
      methods: [MfaMethod.PASSKEY],
      enrollmentRequired: false,
      expiresAt: row.expiresAt,
      passkeyOptions,
    }
  })
}
