import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import type { IdentityCtx } from '../identity.context.ts'
import type { MfaChallenge } from '../session/mfa-challenge.graphql.ts'
import { openSession, type Proof } from '../session/open-session.ts'
import { SignInRefusedError } from '../session/session.errors.ts'
import type { SessionTokens } from '../session/session.graphql.ts'
import type { User } from '../user/user.entity.ts'
import { openChallenge } from './challenge.ts'
import { factorsOf, hasFactor, isFactorRequiredOf } from './factor.queries.ts'
import { methodsOf } from './methods-of.ts'
import { requestOptions } from './passkey-options.ts'

/**
 * What follows a right password: the session, or what else must be proven first. Whoever has a second factor is asked for
 * it everywhere; whoever has none is asked to add one where a role of theirs needs it.
 *
 * @param ctx acts for the user, in the organization of the session to be
 */
export async function challengeOrOpen(
  ctx: IdentityCtx,
  user: User,
  proof: Proof,
): Promise<SessionTokens | MfaChallenge> {
  const { factors, required } = await read(ctx, async (em) => ({
    factors: await factorsOf(em, user.id),
    required: await isFactorRequiredOf(ctx, em, user.id),
  }))
  if (!hasFactor(factors) && !required) return openFor(ctx, user, proof)
  const passkeyOptions = factors.passkeys.length === 0 ? null : await requestOptions(ctx, factors.passkeys)
  return write(ctx, 'session.challenged', async (tx) => {
    tx.target('user', user.id, user.name)
    const { token, row } = await openChallenge(ctx, tx, {
      purpose: 'sign-in',
      userId: user.id,
      methods: proof.methods,
      authenticatedAt: proof.at,
      enrollmentRequired: !hasFactor(factors),
      ...(passkeyOptions === null ? {} : { passkeyChallenge: passkeyOptions.challenge }),
    })
    const methods = methodsOf(factors)
    tx.detail('methods', methods)
    tx.detail('enrollmentRequired', row.enrollmentRequired)
    return {
      challengeToken: token,
      methods,
      enrollmentRequired: row.enrollmentRequired,
      expiresAt: row.expiresAt,
      passkeyOptions,
    }
  })
}

/** Opens the session of somebody who has proven all that is asked for. */
export function openFor(ctx: IdentityCtx, user: User, proof: Proof): Promise<SessionTokens> {
  return write(ctx, 'session.created', async (tx) => {
    tx.target('user', user.id, user.name)
    tx.detail('methods', [...proof.methods])
    const tokens = await openSession(ctx, tx, user, proof)
    return tokens ?? tx.refuse('session.refused', new SignInRefusedError())
  })
}
