import { LockMode } from '@mikro-orm/core'
import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import { ForbiddenError, UnauthenticatedError } from '#platform/errors/common-errors'
import { beginAttempt } from '../attempt/begin-attempt.ts'
import type { IdentityCtx } from '../identity.context.ts'
import { Organization } from '../organization/organization.entity.ts'
import { endSessionsEverywhere } from '../session/log-out-everywhere.ts'
import { Session } from '../session/session.entity.ts'
import { PasswordCredential } from '../user/password-credential.entity.ts'
import { User } from '../user/user.entity.ts'
import { PasswordWrongError } from './password.errors.ts'
import type { ChangePasswordInput } from './password.graphql.ts'
import { setPassword } from './set-password.ts'

/**
 * Gives the caller a new password, who proves to know the present one. All other sessions of theirs end, in every
 * organization; the session at hand goes on. Neither keys nor runs change passwords: a person does.
 */
export async function changePassword(ctx: IdentityCtx, input: ChangePasswordInput): Promise<User> {
  const { userId, sessionId, agentId, apiKeyId } = ctx.caller
  if (userId === null || sessionId === null || agentId !== null || apiKeyId !== null)
    throw new ForbiddenError('A person changes a password, in a session of theirs.')
  const { user, credential, organization } = await read(ctx, async (em) => ({
    user: await em.findOne(User, { id: userId }),
    credential: await em.findOne(PasswordCredential, { userId }),
    organization: await em.findOne(Organization, { id: ctx.caller.organizationId }),
  }))
  if (user === null) throw new UnauthenticatedError()
  ctx.parts.passwordPolicy.require(input.newPassword, [user.email, user.name, organization?.name ?? ''])

  const attempt = await beginAttempt(ctx, { purpose: 'password', account: user.email })
  const isRight = await attempt.decide(() => ctx.parts.hasher.verify(input.currentPassword, credential?.hash))
  const hash = isRight ? await ctx.parts.hasher.hash(input.newPassword) : ''
  const changed = await write(ctx, 'password.changed', async (tx) => {
    tx.target('user', user.id, user.name)
    if (!isRight) return tx.refuse('password.change-refused', new PasswordWrongError())
    // Waits for whoever changes it at the same moment: one of two has by then proven a password that is none any more.
    const current = await tx.em.findOneOrFail(
      PasswordCredential,
      { userId },
      { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
    )
    if (current.changedAt.getTime() !== credential?.changedAt.getTime())
      return tx.refuse('password.change-refused', new PasswordWrongError())
    const session = await tx.em.findOne(Session, { id: sessionId, userId, endedAt: null })
    if (session === null) throw new UnauthenticatedError()
    const now = new Date()
    session.authenticatedAt = now
    await setPassword(ctx, tx, user, hash, now)
    return user
  })
  await attempt.succeed()
  await endSessionsEverywhere(ctx, user, sessionId)
  return changed
}
