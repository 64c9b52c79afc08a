import { systemOrganizationId } from '#platform/caller/caller'
import { read } from '#platform/db/read'
import { type Tx, write, writeElsewhere } from '#platform/db/write'
import { ConflictError } from '#platform/errors/common-errors'
import { withCaller } from '#platform/graphql/context'
import { newId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import { found, joinSystemOrganization } from '../organization/found-organization.ts'
import { openSession } from '../session/open-session.ts'
import type { SessionTokens } from '../session/session.graphql.ts'
import { emailAddress } from '../user/email-address.ts'
import { User } from '../user/user.entity.ts'
import { printableName } from '../user/user-name.ts'
import { BootstrapRefusedError } from './bootstrap.errors.ts'
import type { BootstrapOwnerInput } from './bootstrap.graphql.ts'
import { BootstrapToken } from './bootstrap-token.entity.ts'
import { hashOfToken } from './create-bootstrap-token.ts'
import { hasOwner } from './has-owner.ts'

/**
 * Makes the first owner of the platform, with an organization of their own and a place in the system organization. The
 * token is spent in the very transaction that makes them: of many at once one finds it unspent, and whatever fails leaves
 * it as it was.
 *
 * @throws BootstrapRefusedError
 */
export async function bootstrapOwner(ctx: IdentityCtx, input: BootstrapOwnerInput): Promise<SessionTokens> {
  const organizationName = printableName(input.organizationName)
  const [name, email] = [printableName(input.name), emailAddress(input.email)]
  ctx.parts.passwordPolicy.require(input.password, [email, name, organizationName])
  const tokenHash = hashOfToken(input.token)
  // Before anything is hashed: strangers who try tokens cost no more than a look.
  const good = await read(ctx, (em) =>
    em.findOne(BootstrapToken, { tokenHash, usedAt: null, expiresAt: { $gt: new Date() } }),
  )
  if (good === null) throw new BootstrapRefusedError('no such token, or one that is spent or expired')
  const hash = await ctx.parts.hasher.hash(input.password)

  const [organizationId, userId] = [newId(), newId()]
  const self = withCaller(ctx, { ...ctx.caller, kind: 'user', userId, organizationId })
  return write(self, 'organization.founded', async (tx) => {
    await spend(self, tx, tokenHash)
    if ((await tx.em.count(User, { email })) > 0)
      throw new ConflictError('There is an account with this address already.')
    const user = found(tx, { organizationId, name: organizationName, owner: { id: userId, email, name, hash } })
    await joinSystemOrganization(self, tx, user)
    const tokens = await openSession(self, tx, user, { at: new Date(), methods: ['pwd'] })
    if (tokens === null) throw new BootstrapRefusedError('the owner is no member')
    return tokens
  })
}

async function spend(ctx: IdentityCtx, tx: Tx, tokenHash: string): Promise<void> {
  const now = new Date()
  const spent = await tx.em.execute(
    `update identity.bootstrap_token set used_at = ? where token_hash = ? and used_at is null and expires_at > ? returning purpose`,
    [now, tokenHash, now],
  )
  if (spent.length === 0) throw new BootstrapRefusedError('spent, replaced or expired')
  const system = withCaller(ctx, { ...ctx.caller, organizationId: systemOrganizationId })
  await writeElsewhere(ctx, tx, system, 'bootstrap-token.spent', async ({ em }) => {
    if (await hasOwner(em)) throw new BootstrapRefusedError('there is an owner already')
  })
}
