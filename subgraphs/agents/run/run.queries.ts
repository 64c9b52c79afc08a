import { read } from '#platform/db/read'
import type { Ctx } from '#platform/graphql/context'
import { batchLoader } from '#platform/graphql/load-by-id'
import { RunStep } from '../step/step.entity.ts'

/** The steps of a run in the order in which they began; many runs in one statement. A definition bounds their number. */
export function loadSteps(ctx: Ctx, runId: string): Promise<readonly RunStep[]> {
  const loader = batchLoader(ctx, 'steps of run', async (ids) => {
    const steps = await read(ctx, (em) =>
      em.find(RunStep, { runId: { $in: [...ids] } }, { orderBy: { runId: 'asc', beganSeq: 'asc' } }),
    )
    const byRun = Map.groupBy(steps, (step) => step.runId)
    return ids.map((id) => byRun.get(id) ?? [])
  })
  return loader.load(runId)
}
