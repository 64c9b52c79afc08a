import { LockMode } from '@mikro-orm/core'
import { write } from '#platform/db/write'
import { InvalidInputError, NotFoundError } from '#platform/errors/common-errors'
import type { IdentityCtx } from '../identity.context.ts'
import { requireRoles } from '../role/grantable.ts'
import { nameLengthMax } from '../user/user.limits.ts'
import { Organization } from './organization.entity.ts'
import type { UpdateOrganizationInput } from './organization.graphql.ts'

/** Changes what is given. Whoever then needs a second factor is asked for it at the next sign-in or refresh. */
export function updateOrganization(ctx: IdentityCtx, input: UpdateOrganizationInput): Promise<Organization> {
  const name = input.name?.trim()
  if (name !== undefined && (name === '' || name.length > nameLengthMax || /[\p{Cc}\p{Surrogate}]/u.test(name)))
    throw new InvalidInputError(`A name has between 1 and ${nameLengthMax} printable characters.`)
  return write(ctx, 'organization.updated', async (tx) => {
    const organization = await tx.em.findOne(
      Organization,
      { id: ctx.caller.organizationId },
      { lockMode: LockMode.PESSIMISTIC_WRITE },
    )
    if (organization === null) throw new NotFoundError('organization')
    if (name !== undefined) organization.name = name
    if (input.mfaRequiredRoles !== undefined) {
      const roles = input.mfaRequiredRoles && [...new Set(input.mfaRequiredRoles)]
      if (roles !== null && roles.length > 0) await requireRoles(tx, roles)
      organization.mfaRequiredRoles = roles
      tx.detail('mfaRequiredRoles', roles)
    }
    tx.target('organization', organization.id, organization.name)
    return organization
  })
}
