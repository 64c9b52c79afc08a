import { systemOrganizationId } from '#platform/caller/caller'
import { write } from '#platform/db/write'
import type { IdentityCtx } from '../identity.context.ts'
import type { MfaChallenge } from '../session/mfa-challenge.graphql.ts'
import { asNobody } from './acting.ts'
import { openChallenge } from './challenge.ts'
import { MfaMethod } from './mfa-method.ts'
import { requestOptions } from './passkey-options.ts'

/**
 * Begins a sign-in by passkey alone, in which the device must make sure that it is its owner. The answer is the same for
 * everybody: it names no account and no passkey.
 */
export async function startPasskeyLogin(ctx: IdentityCtx): Promise<MfaChallenge> {
  const nobody = asNobody(ctx, systemOrganizationId)
  const passkeyOptions = await requestOptions(nobody, [])
  return write(nobody, 'session.challenged', async (tx) => {
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
