import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import { NotFoundError, UnauthenticatedError } from '#platform/errors/common-errors'
import { withCaller } from '#platform/graphql/context'
import { isId } from '#platform/id'
import { requireSessionFactor } from '../factor/require-session-factor.ts'
import type { IdentityCtx } from '../identity.context.ts'
import { findActive } from '../membership/membership.queries.ts'
import { User } from '../user/user.entity.ts'
import { openSession } from './open-session.ts'
import { Session } from './session.entity.ts'
import type { SessionTokens } from './session.graphql.ts'

/**
 * Opens a session of the same user in another of their organizations; the session at hand goes on. It must still be
 * open: else an access token, good for minutes, could be turned into a session of days after its user has signed out.
 * And it must be proven by as much as the other organization asks for.
 *
 * @throws StepUpRequiredError, FactorEnrollmentRequiredError
 */
export async function switchOrganization(ctx: IdentityCtx, organizationId: string): Promise<SessionTokens> {
  const { userId, sessionId } = ctx.caller
  if (userId === null) throw new UnauthenticatedError()
  // An agent acts in the organization of its run only.
  if (ctx.caller.agentId !== null || !isId(organizationId)) throw new NotFoundError('organization')
  const session =
    sessionId === null ? null : await read(ctx, (em) => em.findOne(Session, { id: sessionId, userId, endedAt: null }))
  if (session === null || session.expiresAt < new Date()) throw new UnauthenticatedError()
  const place = withCaller(ctx, { ...ctx.caller, organizationId, roles: [], scopes: [] })
  if ((await findActive(place, userId)) === null) throw new NotFoundError('organization')
  await read(place, (em) => requireSessionFactor(place, em, session))
  return write(place, 'session.created', async (tx) => {
    const user = await tx.em.findOneOrFail(User, { id: userId })
    tx.target('user', user.id, user.name)
    const proof = { at: session.authenticatedAt, methods: session.methods }
    const tokens = await openSession(place, tx, user, proof)
    if (tokens === null) throw new NotFoundError('organization')
    return tokens
  })
}
