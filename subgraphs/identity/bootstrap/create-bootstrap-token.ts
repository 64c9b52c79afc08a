import { createHash, randomBytes } from 'node:crypto'
import { systemOrganizationId } from '#platform/caller/caller'
import { write } from '#platform/db/write'
import { type Ctx, withCaller } from '#platform/graphql/context'
import { BootstrapDoneError } from './bootstrap.errors.ts'
import { hasOwner } from './has-owner.ts'

export const bootstrapTokenMs = 3_600_000

export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex')

/**
 * Makes the token that makes the first owner: 256 random bits of which only a hash is kept, good once, for an hour. One
 * that was made before and not used is worthless from then on. No field of the API leads here: whoever holds identity's
 * database role may make one.
 *
 * @throws BootstrapDoneError when there is an owner, or was one made by such a token
 */
export function createBootstrapToken(ctx: Ctx): Promise<{ token: string; expiresAt: Date }> {
  const place = withCaller(ctx, { ...ctx.caller, organizationId: systemOrganizationId })
  return write(place, 'bootstrap-token.created', async (tx) => {
    const token = randomBytes(32).toString('base64url')
    const now = new Date()
    const expiresAt = new Date(now.getTime() + bootstrapTokenMs)
    // Waits for whoever is spending the last one.
    const made = await tx.em.execute(
      `insert into identity.bootstrap_token as t (purpose, token_hash, created_at, expires_at) values ('first-owner', ?, ?, ?)
       on conflict (purpose) do update set token_hash = excluded.token_hash, created_at = excluded.created_at, expires_at = excluded.expires_at
       where t.used_at is null returning purpose`,
      [hashOfToken(token), now, expiresAt],
    )
    if (made.length === 0 || (await hasOwner(tx.em))) throw new BootstrapDoneError()
    tx.detail('expiresAt', expiresAt.toISOString())
    return { token, expiresAt }
  })
}
