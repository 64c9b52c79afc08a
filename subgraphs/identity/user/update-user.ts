import { write } from '#platform/db/write'
import { ForbiddenError } from '#platform/errors/common-errors'
import type { IdentityCtx } from '../identity.context.ts'
import { actsOnSelf, memberToChange } from './change-member.ts'
import type { User } from './user.entity.ts'
import type { UpdateUserInput } from './user.graphql.ts'
import { printableName } from './user-name.ts'

/**
 * Changes a user's name: one's own, or with `user:write` that of somebody who belongs to this organization alone. A name
 * is the person's in every organization, and no organization has a say in another.
 */
export function updateUser(ctx: IdentityCtx, input: UpdateUserInput): Promise<User> {
  const name = printableName(input.name)
  return write(ctx, 'user.updated', async (tx) => {
    const { user } = await memberToChange(tx, ctx.caller, input.userId, { own: true })
    if (!actsOnSelf(ctx.caller, user.id) && user.organizationIds.length > 1)
      throw new ForbiddenError('Only they themselves can change this name.')
    if (user.name === name) tx.unchanged()
    user.name = name
    tx.target('user', user.id, name)
    return user
  })
}
