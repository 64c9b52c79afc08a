import { LockMode } from '@mikro-orm/core'
import { type Refusal, type Tx, write } from '#platform/db/write'
import { endSessionsEverywhere } from '../session/log-out-everywhere.ts'
import { Session } from '../session/session.entity.ts'
import type { SessionTokens } from '../session/session.graphql.ts'
import { User } from '../user/user.entity.ts'
import { closeChallengesOf, takeTry } from './challenge.ts'
import { openFor } from './challenge-or-open.ts'
import { ChallengeInvalidError } from './factor.errors.ts'
import { type Factors, factorsOf, hasFactor } from './factor.queries.ts'
import type { FactorOwner } from './factor-owner.ts'
import { replaceRecoveryCodes } from './recovery-codes.ts'
import { tellOwner } from './tell-owner.ts'

export interface Added<T> {
  readonly added: T
  /** Shown this once, with the first factor. */
  readonly recoveryCodes: string[] | null
  /** Of the sign-in that waited for it. */
  readonly tokens: SessionTokens | null
}

/**
 * Adds a factor with all that follows from it: recovery codes with the first one, the end of every sign-in begun without
 * it, and the session that waited for it or the knowledge, in the session at hand, that a factor was proven.
 *
 * @param add checks the proof and stores the factor
 */
export async function addFactor<T>(
  owner: FactorOwner,
  endOtherSessions: boolean,
  add: (tx: Tx, before: Factors) => Promise<{ added: T; methods: readonly string[] } | Refusal>,
): Promise<Added<T>> {
  const { ctx, user, signIn } = owner
  const done = await write(ctx, 'factor.added', async (tx) => {
    tx.target('user', user.id, user.name)
    // One at a time: whether it is the first factor decides what else may happen.
    await tx.em.findOneOrFail(User, { id: user.id }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    const before = await factorsOf(tx.em, user.id)
    // The password alone got this far; it must not add to factors that it could not pass.
    if (signIn !== null && (hasFactor(before) || !(await takeTry(tx, signIn.id))))
      return tx.refuse('factor.refused', new ChallengeInvalidError('over, or a factor was added meanwhile'))
    const outcome = await add(tx, before)
    if (!('added' in outcome)) return outcome
    const recoveryCodes = hasFactor(before) ? null : await replaceRecoveryCodes(tx, user.id)
    if (!hasFactor(before)) await closeChallengesOf(tx, user.id)
    if (signIn === null) await rememberProof(owner, tx, outcome.methods)
    tellOwner(ctx, tx, user, 'added')
    return { ...outcome, recoveryCodes }
  })
  if (endOtherSessions) await endSessionsEverywhere(ctx, user, ctx.caller.sessionId)
  const { added, methods, recoveryCodes } = done
  if (signIn === null) return { added, recoveryCodes, tokens: null }
  const proof = { at: new Date(), methods: [...signIn.methods, ...methods, 'mfa'] }
  return { added, recoveryCodes, tokens: await openFor(ctx, user, proof) }
}

async function rememberProof({ ctx, user }: FactorOwner, tx: Tx, methods: readonly string[]): Promise<void> {
  const { sessionId } = ctx.caller
  const session = sessionId === null ? null : await tx.em.findOne(Session, { id: sessionId, userId: user.id })
  if (session !== null) session.methods = [...new Set([...session.methods, ...methods, 'mfa'])]
}
