import type { Tx } from '#platform/db/write'
import { endSessions } from './end-sessions.ts'
import { Session } from './session.entity.ts'

/** How many clients a user can be signed in to at once in one organization, the next one included. */
export const openSessionsMax = 50
const keptDays = 30

/**
 * Makes room for a further session of a user in the caller's organization: the one used longest ago ends when there are
 * too many, and what ended a month ago is forgotten.
 */
export async function boundSessions(tx: Tx, userId: string): Promise<void> {
  await tx.em.execute(
    `delete from identity.session where user_id = ? and coalesce(ended_at, expires_at) < now() - make_interval(days => ?)`,
    [userId, keptDays],
  )
  const tooMany = await tx.em.find(
    Session,
    { userId, endedAt: null, expiresAt: { $gt: new Date() } },
    { orderBy: { refreshedAt: 'desc', id: 'desc' }, offset: openSessionsMax - 1, limit: openSessionsMax },
  )
  if (tooMany.length > 0) await endSessions(tx, { id: { $in: tooMany.map(({ id }) => id) } })
}
