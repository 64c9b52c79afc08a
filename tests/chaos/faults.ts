import type { ChaosHouse } from './chaos-house.ts'
import type { Arrivals } from './outside-world.ts'
import { effectStages, effectsOfARun, stepsOfARun } from './twenty-steps.ts'

interface Step {
  readonly run: string
  readonly path: string
  readonly stepId: string
  readonly kind: string
  readonly key: string
  readonly attempts: readonly { readonly status: string }[]
}

/** What is not as it should be once all runs have ended: stranded runs, steps not done once, effects after their end. */
export async function faultsOf(house: ChaosHouse): Promise<string[]> {
  const runs = await house.rows<{ id: string; status: string; output: unknown; error: unknown }>(
    'select id, status, output, error from agents.run',
  )
  const steps = await house.rows<Step>(
    `select run_id as run, path, step_id as "stepId", kind, effect_key as key, attempts from agents.step where status = 'SUCCEEDED'`,
  )
  const told = await house.rows<{ run: string; path: string; ends: number; later: boolean }>(
    `select run_id as run, data->>'path' as path,
       count(*) filter (where type = 'step.succeeded')::int as ends,
       coalesce(max(seq) filter (where type <> 'step.succeeded') > min(seq) filter (where type = 'step.succeeded'), false) as later
     from agents.run_event where type like 'step.%' group by 1, 2`,
  )
  const numbered = await house.rows<{ run: string }>(
    'select run_id as run from agents.run_event group by 1 having count(*) <> max(seq) or count(distinct seq) <> max(seq)',
  )
  const perRun = Map.groupBy(steps, ({ run }) => run)
  const { arrivals } = house.outside
  return [
    ...(runs.length === house.started() ? [] : [`${runs.length} runs of ${house.started()}`]),
    ...runs
      .filter(({ status, output }) => status !== 'SUCCEEDED' || output !== 'done')
      .map((run) => `run ${run.id} is ${run.status}: ${JSON.stringify(run.error)}`),
    ...runs.filter(({ id }) => perRun.get(id)?.length !== stepsOfARun).map(({ id }) => `run ${id} lacks steps`),
    ...told.filter(({ ends }) => ends !== 1).map(({ run, path, ends }) => `${run} ${path} ended ${ends} times`),
    ...told.filter(({ later }) => later).map(({ run, path }) => `${run} ${path} went on after its end`),
    ...numbered.map(({ run }) => `events of ${run} are not numbered one after the other`),
    ...steps.flatMap((step) => effectFaults(step, arrivals.get(step.key) ?? [])),
    ...[...perRun].flatMap(([run, itsSteps]) => orderFaults(run, itsSteps, arrivals)),
    ...(arrivals.size === runs.length * effectsOfARun ? [] : [`${arrivals.size} effect keys of ${runs.length} runs`]),
  ]
}

/** Every arrival outside was an attempt that is known. */
function effectFaults({ run, path, kind, attempts }: Step, arrivals: readonly number[]): string[] {
  const done = attempts.filter(({ status }) => status === 'SUCCEEDED')
  if (done.length !== 1) return [`${run} ${path} succeeded ${done.length} times`]
  if (kind !== 'http') return []
  return [
    ...(arrivals.length === 0 ? [`${run} ${path} had no effect`] : []),
    ...(arrivals.length > attempts.length
      ? [`${run} ${path} was done ${arrivals.length} times in ${attempts.length} attempts`]
      : []),
  ]
}

/** By the outside's own clock: nothing of a run is done again once what comes after it was begun. */
function orderFaults(run: string, steps: readonly Step[], arrivals: Arrivals): string[] {
  const timesOf = (stage: string) =>
    steps.filter(({ stepId }) => effectStages[stepId] === stage).flatMap(({ key }) => arrivals.get(key) ?? [])
  const stages = [...new Set(Object.values(effectStages))]
  return stages.flatMap((stage, index) => {
    const next = stages[index + 1]
    if (next === undefined) return []
    const again = timesOf(stage).filter((at) => at > Math.min(...timesOf(next)))
    return again.map(() => `${run} did ${stage} again after ${next} was begun`)
  })
}
