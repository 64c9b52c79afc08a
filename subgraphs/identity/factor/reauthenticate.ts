import { LockMode } from '@mikro-orm/core'
import { read } from '#platform/db/read'
import { type Tx, write } from '#platform/db/write'
import { InvalidInputError, UnauthenticatedError } from '#platform/errors/common-errors'
import { beginAttempt } from '../attempt/begin-attempt.ts'
import type { IdentityCtx } from '../identity.context.ts'
import { revoke, subject } from '../revocation/revoke.ts'
import { currentRights } from '../role/current-rights.ts'
import { newOpaqueToken } from '../session/opaque-token.ts'
import { endOf, tokensFor } from '../session/open-session.ts'
import { Session } from '../session/session.entity.ts'
import type { SessionTokens } from '../session/session.graphql.ts'
import { PasswordCredential } from '../user/password-credential.entity.ts'
import { User } from '../user/user.entity.ts'
import { beginCode } from './begin-code.ts'
import { FactorRefusedError } from './factor.errors.ts'
import { triesMax } from './factor.limits.ts'
import { factorsOf, hasFactor } from './factor.queries.ts'
import { type FactorInput, type FactorProof, factorIn, type GivenFactor, proveFactor } from './prove-factor.ts'

export interface Reauthenticate extends FactorInput {
  readonly password?: string | null
}

/**
 * Proves anew who uses the session at hand (ASVS 5, 7.5.1: in full). Without a second factor the password does; with one,
 * the password and the factor, or a passkey whose device makes sure that it is its owner. The session's tokens are
 * replaced (7.2.4). The fifth wrong proof in a row ends the session: somebody else may be sitting at it.
 */
export async function reauthenticate(ctx: IdentityCtx, input: Reauthenticate): Promise<SessionTokens> {
  const { userId, sessionId } = ctx.caller
  if (userId === null || sessionId === null) throw new UnauthenticatedError()
  const given = factorIn(input)
  const { user, hash, factors } = await read(ctx, async (em) => ({
    user: await em.findOne(User, { id: userId }),
    hash: (await em.findOne(PasswordCredential, { userId }))?.hash,
    factors: await factorsOf(em, userId),
  }))
  if (user === null) throw new UnauthenticatedError()
  requireEnough(input, given, hasFactor(factors))
  const attempts = await beginAttempts(ctx, user, input, given)
  const tries = await takeTry(ctx, sessionId)
  const passwordRight = input.password == null ? null : await ctx.parts.hasher.verify(input.password, hash)

  const tokens = await write(ctx, 'session.reauthenticated', async (tx) => {
    const session = await tx.em.findOne(
      Session,
      { id: sessionId, userId, endedAt: null },
      { lockMode: LockMode.PESSIMISTIC_WRITE },
    )
    if (session === null) throw new UnauthenticatedError()
    tx.target('session', session.id)
    tx.target('user', user.id, user.name)
    const proof = await prove(ctx, tx, session, passwordRight, given)
    session.passkeyChallenge = null
    if (!proof.ok) {
      tx.detail('reason', proof.reason)
      if (tries >= triesMax) await end(tx, session)
      return tx.refuse('session.refused', proof.error)
    }
    await revoke(tx, subject.session(session.id))
    const rights = await currentRights(tx.em, session.organizationId, userId)
    if (rights === null) throw new UnauthenticatedError()
    tx.detail('methods', [...proof.methods])
    const token = newOpaqueToken(session.organizationId, session.id)
    const now = new Date()
    Object.assign(session, {
      authenticatedAt: now,
      methods: [...proof.methods],
      wrongProofs: 0,
      refreshHash: token.hash,
      spentHash: null,
      refreshedAt: now,
      expiresAt: endOf({ createdAt: session.createdAt, authenticatedAt: now }, now),
    })
    return tokensFor(ctx, user, session, rights, token.text)
  })
  for (const attempt of attempts) await attempt.succeed()
  return tokens
}

/** Guesses here are guesses at the account, whatever session they are made in. */
async function beginAttempts(ctx: IdentityCtx, user: User, input: Reauthenticate, given: GivenFactor | undefined) {
  const password =
    input.password == null ? undefined : await beginAttempt(ctx, { purpose: 'password', account: user.email })
  const code = given && (await beginCode(ctx, given, user))
  return [password, code].filter((attempt) => attempt !== undefined)
}

function requireEnough({ password }: Reauthenticate, given: GivenFactor | undefined, factorNeeded: boolean): void {
  if (password == null && (given === undefined || given.kind !== 'passkey'))
    throw new InvalidInputError('Give your password, or a passkey that checks that it is you.')
  if (factorNeeded && given === undefined) throw new InvalidInputError('Give your second factor too.')
}

/** Counts a try before it is made, so that many at once are bounded like one by one. @returns which one it is */
async function takeTry(ctx: IdentityCtx, sessionId: string): Promise<number> {
  return write(ctx, 'session.tried', async (tx) => {
    tx.unchanged()
    const [row] = await tx.em.execute<{ wrong_proofs: number }[]>(
      `update identity.session set wrong_proofs = wrong_proofs + 1
       where id = ? and user_id = ? and ended_at is null and expires_at > ? returning wrong_proofs`,
      [sessionId, ctx.caller.userId, new Date()],
    )
    if (row === undefined) throw new UnauthenticatedError()
    return row.wrong_proofs
  })
}

async function prove(
  ctx: IdentityCtx,
  tx: Tx,
  session: Session,
  passwordRight: boolean | null,
  given: GivenFactor | undefined,
): Promise<FactorProof> {
  if (passwordRight === false) return { ok: false, reason: 'password-wrong', error: new FactorRefusedError('password') }
  const known = passwordRight === null ? [] : ['pwd']
  if (given === undefined) return { ok: true, methods: known }
  const proof = await proveFactor(ctx, tx, given, {
    userId: session.userId,
    challenge: session.passkeyChallenge ?? null,
    verified: passwordRight === null,
  })
  return proof.ok ? { ok: true, methods: [...known, ...proof.methods, 'mfa'] } : proof
}

async function end(tx: Tx, session: Session): Promise<void> {
  session.endedAt = new Date()
  await revoke(tx, subject.session(session.id))
}
