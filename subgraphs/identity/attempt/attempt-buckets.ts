import type { Tx } from '#platform/db/write'
import type { BucketState } from './attempt.rules.ts'

interface Bucket {
  readonly key: string
  /** How long it is kept after the last attempt. */
  readonly keptMs: number
}

/** The bucket's state, made when it is not there, and nobody else's until the transaction ends. */
export async function holdBucket({ em }: Tx, { key, keptMs }: Bucket, now: number): Promise<BucketState> {
  const [row] = await em.execute<{ state: BucketState | string }[]>(
    `insert into identity.attempt_bucket as b (key, state, expires_at) values (?, '{}', ?)
     on conflict (key) do update set expires_at = greatest(b.expires_at, excluded.expires_at),
       state = case when b.expires_at > ? then b.state else '{}' end
     returning state`,
    [key, new Date(now + keptMs), new Date(now)],
  )
  const state = row?.state ?? {}
  return typeof state === 'string' ? (JSON.parse(state) as BucketState) : state
}

export async function storeBucket({ em }: Tx, key: string, state: BucketState): Promise<void> {
  await em.execute('update identity.attempt_bucket set state = ?::jsonb where key = ?', [JSON.stringify(state), key])
}

/** Whether there is such a row, and it still says something. */
export async function isKnown({ em }: Tx, key: string, now: number): Promise<boolean> {
  const rows = await em.execute('select 1 from identity.attempt_bucket where key = ? and expires_at > ?', [
    key,
    new Date(now),
  ])
  return rows.length > 0
}

/** Keeps the row for so long from now on. */
export async function remember({ em }: Tx, { key, keptMs }: Bucket): Promise<void> {
  await em.execute(
    `insert into identity.attempt_bucket (key, state, expires_at) values (?, '{}', ?)
     on conflict (key) do update set expires_at = excluded.expires_at`,
    [key, new Date(Date.now() + keptMs)],
  )
}

const removedMax = 20

/** Removes some rows that say nothing any more: more than one attempt makes, so that they never pile up. */
export async function removeExpired({ em }: Tx, now: number): Promise<void> {
  await em.execute(
    `delete from identity.attempt_bucket where key in (
       select key from identity.attempt_bucket where expires_at < ? order by expires_at limit ${removedMax} for update skip locked)`,
    [new Date(now)],
  )
}
