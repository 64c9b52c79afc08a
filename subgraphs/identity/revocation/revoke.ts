import { textArray } from '#platform/db/text-array'
import type { Tx } from '#platform/db/write'
import { accessTokenSeconds } from '../session/token-signer.ts'

/** Whose tokens can become worthless at once: a name that every token about it can be matched with. */
export const subject = {
  session: (id: string) => `session:${id}`,
  /** A person or service account, wherever they are a member. */
  user: (id: string) => `user:${id}`,
  member: (organizationId: string, userId: string) => `member:${organizationId}/${userId}`,
  /** Whoever holds the role. */
  role: (organizationId: string, name: string) => `role:${organizationId}/${name}`,
  apiKey: (id: string) => `api-key:${id}`,
}

const keptSeconds = accessTokenSeconds + 60

/**
 * Puts lines on the revocation list, in the transaction of the change that they announce: every token about one of the
 * subjects that was issued before is worthless as soon as the gateways have read them, within a second or so.
 */
export async function revoke(tx: Tx, ...subjects: readonly string[]): Promise<void> {
  // Held until commit, so that lines are numbered in the order of commits and a reader who has seen one has seen all before.
  await tx.em.execute(`select pg_advisory_xact_lock(hashtextextended('identity.revocation', 0))`)
  await tx.em.execute(
    `insert into identity.revocation (subject, created_at, expires_at)
     select subject, now(), now() + make_interval(secs => ?) from unnest(?::text[]) as subject`,
    [keptSeconds, textArray(subjects)],
  )
  // All but the last line, whose number tells new tokens where the list stands.
  await tx.em.execute(
    `delete from identity.revocation
     where expires_at < now() and sequence < (select max(sequence) from identity.revocation)`,
  )
}
