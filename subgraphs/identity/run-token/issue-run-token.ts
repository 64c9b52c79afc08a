import { z } from 'zod'
import { read } from '#platform/db/read'
import { NotFoundError } from '#platform/errors/common-errors'
import { isId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import { currentRights } from '../role/current-rights.ts'

export const runTokenSeconds = 5 * 60

const id = z.string().refine(isId)
export const runTokenRequest = z.object({
  runId: id,
  agentId: id,
  userId: id,
  grants: z.array(z.string().max(64)).max(64),
})

export interface RunToken {
  readonly accessToken: string
  readonly expiresIn: number
}

/**
 * A token for one run: the starter is its subject and the agent its actor (RFC 8693 §4.1); its scopes are those that
 * the agent was granted and the starter has at this moment. It is stored nowhere.
 *
 * @throws NotFoundError when the starter is not a member (any more)
 */
export async function issueRunToken(ctx: IdentityCtx, request: z.infer<typeof runTokenRequest>): Promise<RunToken> {
  const { organizationId } = ctx.caller
  const rights = await read(ctx, (em) => currentRights(em, organizationId, request.userId))
  if (rights === null) throw new NotFoundError('user')
  const scopes = rights.scopes.filter((scope) => request.grants.includes(scope))
  const claims = {
    userId: request.userId,
    organizationId,
    // The starter's: by its name a role that is narrowed makes the token worthless.
    roles: rights.roles,
    scopes,
    sessionId: null,
    revision: rights.revision,
    agentId: request.agentId,
    runId: request.runId,
  }
  return { accessToken: await ctx.parts.signer.sign(claims, runTokenSeconds), expiresIn: runTokenSeconds }
}
