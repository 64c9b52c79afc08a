import type { Caller } from '#platform/caller/caller'
import { read } from '#platform/db/read'
import { ForbiddenError, NotFoundError } from '#platform/errors/common-errors'
import type { IdentityCtx } from '../identity.context.ts'
import { loadScopes } from '../role/current-rights.ts'
import { Role } from '../role/role.entity.ts'
import { isSystemRole } from '../role/system-roles.ts'
import type { AccessExplanation, ExplainAccessInput } from './access.graphql.ts'
import { explainOperation } from './explain-operation.ts'
import { readOperation } from './read-operation.ts'

/**
 * Tells what would be decided about an operation: for the caller with the rights of this very request, or for a member
 * with some role of the organization.
 *
 * @throws ForbiddenError when a role is asked for without `ops:read`; NotFoundError when there is no such role
 */
export async function explainAccess(ctx: IdentityCtx, input: ExplainAccessInput): Promise<AccessExplanation> {
  const asked = input.role == null ? ctx.caller : await memberWith(ctx, input.role)
  const scopes = asked.scopes.filter((scope) => input.scopes?.includes(scope) ?? true)
  const rulebook = await ctx.parts.rulebook.open()
  const operation = readOperation(rulebook.schema, input.operation, input.operationName ?? null)
  return { scopes, ...explainOperation(rulebook, operation, { ...asked, scopes }) }
}

async function memberWith(ctx: IdentityCtx, role: string): Promise<Caller> {
  if (!ctx.caller.scopes.includes('ops:read'))
    throw new ForbiddenError('You can have your own rights explained: leave the role out. Another’s take ops:read.')
  const scopes = await read(ctx, async (em) => {
    if (!isSystemRole(role) && (await em.findOne(Role, { name: role })) === null) throw new NotFoundError('role')
    return loadScopes(em, [role], ctx.caller.organizationId)
  })
  // A person, signed in just now: what a role is for.
  const authTime = Math.floor(Date.now() / 1000)
  return { ...ctx.caller, roles: [role], scopes, authTime, apiKeyId: null, agentId: null, runId: null }
}
