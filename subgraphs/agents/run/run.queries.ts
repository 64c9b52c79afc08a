import { read } from '#platform/db/read'
import type { Ctx } from '#platform/graphql/context'
import { batchLoader, loadById } from '#platform/graphql/load-by-id'
import { isId } from '#platform/id'
import { Payload } from '../payload/payload.entity.ts'
import { RunStep } from '../step/step.entity.ts'
import { Run } from './run.entity.ts'
import { stepsShownMax } from './run.limits.ts'
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

/** 500 of a run's steps, in the order in which they began, from the one of this number on; many runs in one statement. */
export function loadSteps(ctx: Ctx, runId: string, from: number): Promise<readonly RunStep[]> {
  const loader = batchLoader(ctx, `steps of run from ${from}`, async (ids) => {
    const ordinal = { $gte: from, $lt: from + stepsShownMax }
    const steps = await read(ctx, (em) =>
      em.find(RunStep, { runId: { $in: [...ids] }, ordinal }, { orderBy: { runId: 'asc', ordinal: 'asc' } }),
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
