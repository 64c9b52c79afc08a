import { read } from '#platform/db/read'
import type { Ctx } from '#platform/graphql/context'
import { type Page, type PageArgs, pageOf, pageWindow } from '#platform/graphql/page'
import { DeadLetter } from './dead-letter.entity.ts'

/** Past the ORM's wall: PostgreSQL's own shows a member's organization, and from the system organization all of them. */
const everywhere = { filters: { tenant: false } }

/** A page of the runs that were set aside, the last one first. */
export async function findDeadLetters(ctx: Ctx, where: object, args: PageArgs): Promise<Page<DeadLetter>> {
  const window = pageWindow(args)
  const from = window.from === null ? {} : { id: { [window.forward ? '$lt' : '$gt']: window.from } }
  const orderBy = { id: window.forward ? ('desc' as const) : ('asc' as const) }
  const rows = await read(ctx, (em) =>
    em.find(DeadLetter, { $and: [where, from] }, { ...everywhere, orderBy, limit: window.size + 1 }),
  )
  return pageOf(rows, window, () => read(ctx, (em) => em.count(DeadLetter, where, everywhere)))
}
