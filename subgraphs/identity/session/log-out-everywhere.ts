import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import { UnauthenticatedError } from '#platform/errors/common-errors'
import { type Ctx, withCaller } from '#platform/graphql/context'
import type { IdentityCtx } from '../identity.context.ts'
import { User } from '../user/user.entity.ts'
import { endSessions } from './end-sessions.ts'

/** Ends all sessions of the caller, in every organization. API keys go on: they are ended one by one. */
export async function logOutEverywhere(ctx: IdentityCtx): Promise<boolean> {
  const { userId, sessionId } = ctx.caller
  if (userId === null || sessionId === null) throw new UnauthenticatedError()
  const user = await read(ctx, (em) => em.findOne(User, { id: userId }))
  if (user === null) throw new UnauthenticatedError()
  await endSessionsEverywhere(ctx, user)
  return true
}

/** Ends the sessions of a user wherever they are a member, each organization's in a transaction and a record of its own. */
export async function endSessionsEverywhere(ctx: Ctx, user: User, except: string | null = null): Promise<void> {
  for (const organizationId of user.organizationIds) {
    const place = withCaller(ctx, { ...ctx.caller, organizationId })
    await write(place, 'session.ended', async (tx) => {
      const count = await endSessions(tx, { userId: user.id, ...(except === null ? {} : { id: { $ne: except } }) })
      tx.target('user', user.id, user.name)
      tx.detail('sessions', count)
      if (count === 0) tx.unchanged()
    })
  }
}
