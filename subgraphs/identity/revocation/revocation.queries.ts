import type { Reader } from '#platform/db/read'

/** The last line of the revocation list that is committed; 0 before the first. */
export async function currentRevision(em: Reader): Promise<number> {
  const [row] = await em.execute<{ revision: string }[]>(
    'select coalesce(max(sequence), 0) as revision from identity.revocation',
  )
  return Number(row?.revision ?? 0)
}

export interface RevocationLine {
  readonly sequence: number
  readonly subject: string
  readonly expiresAt: Date
}

/** The lines after `after` that still matter, oldest first. */
export async function revocationsAfter(em: Reader, after: number, limit: number): Promise<RevocationLine[]> {
  const rows = await em.execute<{ sequence: string; subject: string; expires_at: string }[]>(
    'select sequence, subject, expires_at from identity.revocation where sequence > ? and expires_at > now() order by sequence limit ?',
    [after, limit],
  )
  return rows.map((row) => ({
    sequence: Number(row.sequence),
    subject: row.subject,
    expiresAt: new Date(row.expires_at),
  }))
}
