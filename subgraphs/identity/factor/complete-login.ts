import { systemOrganizationId } from '#platform/caller/caller'
import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import { InvalidInputError } from '#platform/errors/common-errors'
import type { IdentityCtx } from '../identity.context.ts'
import { activePlaceOf } from '../membership/membership.queries.ts'
import type { Proof } from '../session/open-session.ts'
import type { SessionTokens } from '../session/session.graphql.ts'
import { User } from '../user/user.entity.ts'
import { asNobody, asUser } from './acting.ts'
import { beginCode } from './begin-code.ts'
import type { Challenge } from './challenge.entity.ts'
import { closeChallenge, findChallenge, takeTry } from './challenge.ts'
import { openFor } from './challenge-or-open.ts'
import { ChallengeInvalidError, FactorRefusedError } from './factor.errors.ts'
import { Passkey } from './passkey.entity.ts'
import { type FactorInput, factorIn, type GivenFactor, proveFactor } from './prove-factor.ts'

export interface CompleteLogin extends FactorInput {
  readonly challengeToken: string
}

/**
 * Finishes a sign-in with the proof that it waits for. A challenge has five tries and one success. Who fails is recorded
 * as nobody, with the user as target; who succeeds as that user.
 *
 * @throws ChallengeInvalidError, FactorRefusedError, RateLimitedError
 */
export async function completeLogin(ctx: IdentityCtx, input: CompleteLogin): Promise<SessionTokens> {
  const given = factorIn(input)
  if (given === undefined) throw new InvalidInputError('Give one of totpCode, recoveryCode and passkey.')
  const challenge = await findChallenge(ctx, input.challengeToken, 'sign-in', 'passkey-sign-in')
  const { user, organizationId } = await whoseSignIn(ctx, challenge, given)
  const nobody = asNobody(ctx, organizationId)
  const attempt = user && (await beginCode(nobody, given, user))
  const proof = await prove(nobody, challenge, given, user)
  await attempt?.succeed()
  return openFor(asUser(ctx, organizationId, proof.user.id), proof.user, proof)
}

/** Without a password before it, the passkey tells who signs in; then the session is where a sign-in of theirs begins. */
async function whoseSignIn(ctx: IdentityCtx, challenge: Challenge, given: GivenFactor) {
  const user = await read(ctx, async (em) => {
    if (challenge.userId != null) return em.findOne(User, { id: challenge.userId })
    if (given.kind !== 'passkey') return null
    const passkey = await em.findOne(Passkey, { credentialId: given.assertion.id })
    return passkey && em.findOne(User, { id: passkey.userId })
  })
  if (challenge.userId !== null) return { user, organizationId: challenge.placeId }
  const place = user && (await activePlaceOf(ctx, user))
  return { user, organizationId: place?.caller.organizationId ?? user?.organizationIds[0] ?? systemOrganizationId }
}

function prove(
  ctx: IdentityCtx,
  challenge: Challenge,
  given: GivenFactor,
  user: User | null,
): Promise<Proof & { user: User }> {
  const alone = challenge.purpose === 'passkey-sign-in'
  return write(ctx, 'session.created', async (tx) => {
    if (user !== null) tx.target('user', user.id, user.name)
    tx.detail('method', given.kind)
    if (!(await takeTry(tx, challenge.id)))
      return tx.refuse('session.refused', new ChallengeInvalidError('over, or out of tries'))
    if (user === null || (alone && given.kind !== 'passkey')) {
      tx.detail('reason', 'passkey-unknown')
      return tx.refuse('session.refused', new FactorRefusedError('passkey-unknown'))
    }
    const expected = { userId: user.id, challenge: challenge.passkeyChallenge ?? null, verified: alone }
    const proven = await proveFactor(ctx, tx, given, expected)
    if (!proven.ok) {
      tx.detail('reason', proven.reason)
      return tx.refuse('session.refused', proven.error)
    }
    await closeChallenge(tx, challenge.id)
    // The session that follows is the record.
    tx.unchanged()
    return { user, at: new Date(), methods: [...challenge.methods, ...proven.methods, 'mfa'] }
  })
}
