import { read } from '#platform/db/read'
import type { Ctx } from '#platform/graphql/context'
import { askToEnd } from './ask-to-end.ts'
import { runIs } from './run.status.ts'

/** More than that are left to the workers that end their parents. */
const atOnceMax = 100

export interface OpenChild {
  readonly runId: string
  /** The path of the step's attempt that started it. */
  readonly parentPath: string
}

/** The runs that a run's own steps started and that have not ended, nor been asked to. */
export const openChildren = (ctx: Ctx, runId: string): Promise<OpenChild[]> =>
  read(ctx, (em) =>
    em.execute<OpenChild[]>(
      `select id as "runId", parent_path as "parentPath" from agents.run
       where organization_id = ? and parent_run_id = ? and ${runIs.unfinished} and cancel_requested_at is null`,
      [ctx.caller.organizationId, runId],
    ),
  )

/**
 * Asks the runs that a run's steps started, and those that theirs did, to end; each in a commit of its own. Those that have
 * ended stay as they are, and asking again changes nothing.
 */
export async function cancelDescendants(ctx: Ctx, runId: string): Promise<void> {
  const rows = await read(ctx, (em) =>
    em.execute<{ runId: string }[]>(
      `with recursive descendant as (
         select organization_id, id, status, cancel_requested_at, depth from agents.run
         where organization_id = ? and parent_run_id = ?
         union all
         select child.organization_id, child.id, child.status, child.cancel_requested_at, child.depth
         from descendant join agents.run as child
           on child.organization_id = descendant.organization_id and child.parent_run_id = descendant.id
       )
       select id as "runId" from descendant where ${runIs.unfinished} and cancel_requested_at is null
       order by depth limit ?`,
      [ctx.caller.organizationId, runId, atOnceMax],
    ),
  )
  for (const row of rows) await askToEnd(ctx, row.runId)
}
