import { systemOrganizationId } from '#platform/caller/caller'
import { type Tx, writeElsewhere } from '#platform/db/write'
import { withCaller } from '#platform/graphql/context'
import { newId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import { Membership } from '../membership/membership.entity.ts'
import { PasswordCredential } from '../user/password-credential.entity.ts'
import { User } from '../user/user.entity.ts'
import { Organization } from './organization.entity.ts'

interface Rows {
  readonly organizationId: string
  readonly name: string
  readonly owner: { readonly id: string; readonly email: string; readonly name: string; readonly hash: string }
}

/** Stores an organization with its first owner, in the transaction at hand, which works in it. */
export function found(tx: Tx, { organizationId, name, owner }: Rows): User {
  const now = new Date()
  tx.em.create(Organization, { id: organizationId, name, createdAt: now })
  const user = tx.em.create(User, {
    id: owner.id,
    email: owner.email.toLowerCase(),
    name: owner.name,
    organizationIds: [organizationId],
    createdAt: now,
  })
  tx.em.create(PasswordCredential, { userId: user.id, hash: owner.hash, updatedAt: now })
  tx.em.create(Membership, { organizationId, id: newId(), userId: user.id, roles: ['owner'], createdAt: now })
  tx.target('organization', organizationId, name)
  tx.target('user', user.id, user.name)
  return user
}

/**
 * Makes a user an owner of the system organization too, where the platform-wide scopes are, in the transaction at hand.
 *
 * @param ctx that of the transaction
 */
export function joinSystemOrganization(ctx: IdentityCtx, tx: Tx, user: User): Promise<void> {
  const system = withCaller(ctx, { ...ctx.caller, organizationId: systemOrganizationId })
  user.organizationIds = [...user.organizationIds, systemOrganizationId]
  return writeElsewhere(ctx, tx, system, 'user.joined', async ({ em, target }) => {
    em.create(Membership, {
      organizationId: systemOrganizationId,
      id: newId(),
      userId: user.id,
      roles: ['owner'],
      createdAt: new Date(),
    })
    target('user', user.id, user.name)
  })
}
