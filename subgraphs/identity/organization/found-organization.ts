import { LockMode } from '@mikro-orm/core'
import { systemOrganizationId } from '#platform/caller/caller'
import { write } from '#platform/db/write'
import { withCaller } from '#platform/graphql/context'
import { newId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import { Membership } from '../membership/membership.entity.ts'
import { PasswordCredential } from '../user/password-credential.entity.ts'
import { User } from '../user/user.entity.ts'
import { Organization } from './organization.entity.ts'

export interface Founding {
  readonly name: string
  readonly owner: { readonly email: string; readonly name: string; readonly password: string }
}

/**
 * Founds an organization with its first owner, a new account. No field of the API leads here: it is for the operator's
 * tools, which run as the system.
 */
export async function foundOrganization(
  ctx: IdentityCtx,
  founding: Founding,
): Promise<{ organizationId: string; owner: User }> {
  const organizationId = newId()
  ctx.parts.passwordPolicy.require(founding.owner.password, [founding.owner.email, founding.name])
  const hash = await ctx.parts.hasher.hash(founding.owner.password)
  const owner = await write(withCaller(ctx, { ...ctx.caller, organizationId }), 'organization.founded', async (tx) => {
    const now = new Date()
    tx.em.create(Organization, { id: organizationId, name: founding.name, createdAt: now })
    const user = tx.em.create(User, {
      id: newId(),
      email: founding.owner.email.toLowerCase(),
      name: founding.owner.name,
      organizationIds: [organizationId],
      createdAt: now,
    })
    tx.em.create(PasswordCredential, { userId: user.id, hash, updatedAt: now })
    tx.em.create(Membership, { organizationId, id: newId(), userId: user.id, roles: ['owner'], createdAt: now })
    tx.target('organization', organizationId, founding.name)
    tx.target('user', user.id, user.name)
    return user
  })
  return { organizationId, owner }
}

/** Makes the very first owner an owner of the system organization too, where the platform-wide scopes are. */
export function joinSystemOrganization(ctx: IdentityCtx, user: User): Promise<void> {
  return write(withCaller(ctx, { ...ctx.caller, organizationId: systemOrganizationId }), 'user.joined', async (tx) => {
    const place = await tx.em.findOneOrFail(User, { id: user.id }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    place.organizationIds = [...place.organizationIds, systemOrganizationId]
    tx.em.create(Membership, {
      organizationId: systemOrganizationId,
      id: newId(),
      userId: user.id,
      roles: ['owner'],
      createdAt: new Date(),
    })
    tx.target('user', user.id, user.name)
  })
}
