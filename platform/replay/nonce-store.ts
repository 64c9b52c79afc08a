import type { Signed } from '../caller/message-signature.ts'
import type { Database } from '../db/database.ts'

/** Remembers nonces for all processes of one subgraph, and over their restarts. */
export interface NonceStore {
  /** @returns false when the nonce was here before; true for one of any number that bring it at the same moment */
  firstUse(signed: Pick<Signed, 'nonce' | 'expires'>): Promise<boolean>
}

/** Between two removals of what has ended, and how much each takes away at most. */
const usesPerRemoval = 100
const removedMax = 1_000

/**
 * A nonce store in a subgraph's own schema. One statement, on its own and before anything is executed. It is not waited
 * for until it is on disk: the commit of whatever the request then changes also writes everything before it, so no change
 * is ever kept without its nonce. Every hundredth use takes ended rows away first, so that the table stays as small as the
 * last minute and a half of changes, with nobody else to see to it.
 */
export function openNonceStore({ orm, schema }: Database): NonceStore {
  let uses = 0
  const execute = (sql: string, values: unknown[]) =>
    orm.em.fork({ disableContextResolution: true }).execute<object[]>(sql, values)
  return {
    async firstUse({ nonce, expires }) {
      if (uses++ % usesPerRemoval === 0)
        // A minute beyond its end: that much the clocks of processes and database may differ.
        await execute(
          `delete from ${schema}.used_nonce where nonce in (
             select nonce from ${schema}.used_nonce where expires_at < now() - interval '1 minute'
             order by expires_at limit ? for update skip locked)`,
          [removedMax],
        )
      const rows = await execute(
        `insert into ${schema}.used_nonce (nonce, expires_at)
         select ?, to_timestamp(?) where set_config('synchronous_commit', 'off', true) = 'off'
         on conflict (nonce) do nothing returning nonce`,
        [nonce, expires],
      )
      return rows.length > 0
    },
  }
}
