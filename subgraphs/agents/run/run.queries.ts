import { read } from '#platform/db/read'
import type { Ctx } from '#platform/graphql/context'
import { batchLoader, loadById } from '#platform/graphql/load-by-id'
import { isId } from '#platform/id'
import { Payload } from '../payload/payload.entity.ts'
import { RunStep } from '../step/step.entity.ts'
import { Run } from './run.entity.ts'
import { visibleRuns } from './run.permissions.ts'

/** The run with this id if the caller may name it, or null; all ids asked for in one turn are read by one statement. */
export async function loadVisibleRun(ctx: Ctx, id: string): Promise<Run | null> {
  if (!isId(id)) return null
  const loader = batchLoader(ctx, loadVisibleRun, async (ids) => {
    const runs = await read(ctx, (em) => em.find(Run, { ...visibleRuns(ctx.caller), id: { $in: [...ids] } }))
    return ids.map((each) => runs.find((run) => run.id === each) ?? null)
  })
  return loader.load(id)
}

/** The steps of a run in the order in which they began; many runs in one statement. A definition bounds their number. */
export function loadSteps(ctx: Ctx, runId: string): Promise<readonly RunStep[]> {
  const loader = batchLoader(ctx, 'steps of run', async (ids) => {
    const steps = await read(ctx, (em) =>
      em.find(RunStep, { runId: { $in: [...ids] } }, { orderBy: { runId: 'asc', ordinal: 'asc' } }),
    )
    const byRun = Map.groupBy(steps, (step) => step.runId)
    return ids.map((id) => byRun.get(id) ?? [])
  })
  return loader.load(runId)
}

/** A step's output, wherever it stands: a large one is fetched when it is asked for, all of an answer in one statement. */
export async function loadOutput(
  ctx: Ctx,
  { output, outputRef }: Pick<RunStep, 'output' | 'outputRef'>,
): Promise<unknown> {
  if (outputRef == null) return output
  return (await loadById(ctx, Payload, outputRef))?.content ?? null
}
