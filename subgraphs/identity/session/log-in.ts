import { systemOrganizationId } from '#platform/caller/caller'
import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import { withCaller } from '#platform/graphql/context'
import { newId } from '#platform/id'
import { beginAttempt } from '../attempt/begin-attempt.ts'
import { challengeOrOpen } from '../factor/challenge-or-open.ts'
import type { IdentityCtx } from '../identity.context.ts'
import { activePlaceOf } from '../membership/membership.queries.ts'
import { upgradeHash } from '../password/upgrade-hash.ts'
import { PasswordCredential } from '../user/password-credential.entity.ts'
import { User } from '../user/user.entity.ts'
import type { MfaChallenge } from './mfa-challenge.graphql.ts'
import { SignInRefusedError } from './session.errors.ts'
import type { LoginInput, SessionTokens } from './session.graphql.ts'

/**
 * Signs a user in with e-mail address and password, in the first organization where they are an active member; a second
 * factor is asked for where there is or must be one. Every attempt is recorded: a known user's in their organization, an
 * unknown one's in the system organization.
 *
 * @throws SignInRefusedError in the same words, after the same work, whatever was wrong
 * @throws RateLimitedError before any work, whether there is such an account or not
 */
export async function logIn(ctx: IdentityCtx, input: LoginInput): Promise<SessionTokens | MfaChallenge> {
  const at = new Date()
  const { user, hash } = await findAccount(ctx, input.email)
  const first = withCaller(ctx, { ...ctx.caller, organizationId: user?.organizationIds[0] ?? systemOrganizationId })
  const attempt = await beginAttempt(first, { purpose: 'password', account: input.email })
  const passwordRight = await attempt.decide(() => ctx.parts.hasher.verify(input.password, hash))

  if (user === undefined || user.kind !== 'person' || !passwordRight) {
    return write<SessionTokens>(first, 'session.created', async (tx) => {
      if (user !== undefined) tx.target('user', user.id, user.name)
      return tx.refuse('session.refused', new SignInRefusedError())
    })
  }
  // From here on it is the user who acts, and the record says so.
  const place = (await activePlaceOf(ctx, user)) ?? first
  const self = withCaller(place, { ...place.caller, kind: 'user', userId: user.id })
  upgradeHash(self, user.id, input.password, hash)
  const outcome = await challengeOrOpen(self, user, { at, methods: ['pwd'] })
  await attempt.succeed()
  return outcome
}

/**
 * Accounts are global, so this looks in no organization; it reads nothing that belongs to one. For an unknown account it
 * looks just as often.
 */
function findAccount(ctx: IdentityCtx, email: string) {
  return read(ctx, async (em) => {
    const user = (await em.findOne(User, { email: email.trim().toLowerCase() })) ?? undefined
    const credential = await em.findOne(PasswordCredential, { userId: user?.id ?? newId() })
    return { user, hash: credential?.hash }
  })
}
