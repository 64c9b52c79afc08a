import type { Signed } from '../caller/message-signature.ts'
import type { Database } from '../db/database.ts'

/** Remembers nonces for all processes of one subgraph, and over their restarts. */
export interface NonceStore {
  /** @returns false when the nonce was here before; true for one of any number that bring it at the same moment */
  firstUse(signed: Pick<Signed, 'nonce' | 'expires'>): Promise<boolean>
}

/**
 * A nonce store in a subgraph's own schema. One statement, on its own and before anything is executed. It is not waited
 * for until it is on disk: the commit of whatever the request then changes also writes everything before it, so no change
 * is ever kept without its nonce. Each statement takes two old rows away, so that the table stays as small as the last
 * minute and a half of changes, with no process to see to it.
 */
export function openNonceStore({ orm, schema }: Database): NonceStore {
  return {
    async firstUse({ nonce, expires }) {
      const rows = await orm.em.fork({ disableContextResolution: true }).execute<object[]>(
        // A minute beyond its end: that much the clocks of processes and database may differ.
        `with ended as (
           select nonce from ${schema}.used_nonce where expires_at < now() - interval '1 minute'
           order by expires_at limit 2 for update skip locked
         ), removed as (delete from ${schema}.used_nonce u using ended where u.nonce = ended.nonce)
         insert into ${schema}.used_nonce (nonce, expires_at)
         select ?, to_timestamp(?) where set_config('synchronous_commit', 'off', true) = 'off'
         on conflict (nonce) do nothing returning nonce`,
        [nonce, expires],
      )
      return rows.length > 0
    },
  }
}
