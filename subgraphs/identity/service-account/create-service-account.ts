import { LockMode } from '@mikro-orm/core'
import { write } from '#platform/db/write'
import { newId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import { Membership } from '../membership/membership.entity.ts'
import { Organization } from '../organization/organization.entity.ts'
import { requireGrantable, requireRoles } from '../role/grantable.ts'
import { User } from '../user/user.entity.ts'
import { printableName } from '../user/user-name.ts'
import { ServiceAccountLimitError } from './service-account.errors.ts'
import type { CreateServiceAccountInput } from './service-account.graphql.ts'
import { serviceAccountsMax } from './service-account.limits.ts'

/** Makes a member that no person signs in as: only API keys act for it, with roles that the caller could give. */
export function createServiceAccount(ctx: IdentityCtx, input: CreateServiceAccountInput): Promise<User> {
  const { organizationId } = ctx.caller
  const name = printableName(input.name)
  const roles = [...new Set(input.roles)]
  return write(ctx, 'service-account.created', async (tx) => {
    await requireRoles(tx, roles)
    await requireGrantable(tx, ctx.caller, 'user:write', roles)
    // Held until the end, so that accounts are counted one after the other.
    await tx.em.findOneOrFail(Organization, { id: organizationId }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    const [counted] = await tx.em.execute<{ n: string }[]>(
      `select count(*) as n from identity.membership m join identity.user u on u.id = m.user_id
       where m.organization_id = ?::uuid and u.kind = 'service'`,
      [organizationId],
    )
    if (Number(counted?.n ?? 0) >= serviceAccountsMax) throw new ServiceAccountLimitError(serviceAccountsMax)
    const [id, now] = [newId(), new Date()]
    const user = tx.em.create(User, {
      id,
      // Nobody can receive mail there (RFC 2606 §2): no invitation and no recovery ever leads into the account.
      email: `${id}@service.invalid`,
      name,
      kind: 'service',
      organizationIds: [organizationId],
      createdAt: now,
    })
    tx.em.create(Membership, { organizationId, id: newId(), userId: id, roles, createdAt: now })
    tx.target('user', id, name)
    tx.detail('roles', roles)
    return user
  })
}
