import type { Caller } from '#platform/caller/caller'
import { read } from '#platform/db/read'
import type { Ctx } from '#platform/graphql/context'
import { batchLoader } from '#platform/graphql/load-by-id'
import { isId, momentOfId } from '#platform/id'
import { ApiKey } from './api-key.entity.ts'

/**
 * The condition that keeps keys to who may reach them: with the scope all of the organization, else a person their own, a
 * key itself (a stolen one must not end the others), and an agent none.
 */
export function keysOpenTo(caller: Caller, scope: string): object {
  if (caller.scopes.includes(scope)) return {}
  if (caller.agentId !== null) return { id: null }
  return caller.apiKeyId === null ? { userId: caller.userId } : { id: caller.apiKeyId }
}

/** Types of one union must agree in what is never null, or no operation could select it of two of them. */
const unseen = (id: string) => ({ id, name: 'A key', createdAt: momentOfId(id) })
type Named = ApiKey | ReturnType<typeof unseen>

/**
 * The key with this id as far as the caller may see it: of one that they may not, and of one that is gone, the id that they
 * brought. So what it once did can still be told. Many in one statement.
 */
export async function nameApiKey(ctx: Ctx, id: string): Promise<Named | null> {
  if (!isId(id)) return null
  const loader = batchLoader<Named>(ctx, ApiKey, async (ids) => {
    const open = keysOpenTo(ctx.caller, 'api-key:read')
    const keys = await read(ctx, (em) => em.find(ApiKey, { $and: [{ id: { $in: [...ids] } }, open] }))
    const byId = new Map(keys.map((key) => [key.id, key]))
    return ids.map((each) => byId.get(each) ?? unseen(each))
  })
  return loader.load(id)
}
