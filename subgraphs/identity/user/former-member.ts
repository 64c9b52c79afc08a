import type { Ctx } from '#platform/graphql/context'
import { isId, momentOfId } from '#platform/id'
import { loadMember } from '../membership/membership.queries.ts'

/**
 * Whom another subgraph's record names. Who is no member is known by their id alone, and answered in the same words
 * whether they left, were erased, belong to another organization or never were.
 */
export async function loadNamedUser(ctx: Ctx, id: string) {
  if (!isId(id)) return null
  return (await loadMember(ctx, id)) ?? formerMember(id)
}

const formerMember = (id: string) => ({
  id,
  name: 'Former member',
  kind: 'person' as const,
  email: null,
  createdAt: momentOfId(id),
})
