import type { FilterQuery } from '@mikro-orm/core'
import type { Tx } from '#platform/db/write'
import { revoke, subject } from '../revocation/revoke.ts'
import { Session } from './session.entity.ts'

/**
 * Ends the open sessions of the caller's organization that match: their refresh tokens are worthless at once, their access
 * tokens as soon as the gateways have read it.
 *
 * @returns how many there were
 */
export async function endSessions(tx: Tx, where: FilterQuery<Session>): Promise<number> {
  const sessions = await tx.em.find(Session, { $and: [where, { endedAt: null, expiresAt: { $gt: new Date() } }] })
  const now = new Date()
  for (const session of sessions) session.endedAt = now
  if (sessions.length > 0) await revoke(tx, ...sessions.map(({ id }) => subject.session(id)))
  return sessions.length
}
