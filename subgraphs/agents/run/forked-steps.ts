import type { StepKind } from '../agent/definition/definition.ts'
import type { StepStatus } from '../step/step.status.ts'

/** As much of a stored step as decides whether a fork takes it over. */
export interface ForkedStep {
  readonly path: string
  readonly stepId: string
  readonly kind: StepKind
  readonly status: StepStatus
  readonly attempt: number
  readonly ordinal: number
  /** Of a loop. */
  readonly state: unknown
}

export interface KeptStep {
  readonly path: string
  /** It goes on in the fork: it has ended in the earlier run, if at all, with what the fork does anew. */
  readonly open: boolean
  /** Instead of the stored ones. */
  readonly attempt?: number
  readonly state?: unknown
}

/**
 * What a run that goes on from a step takes over: the steps that had begun before it and have ended, but none that was
 * undone, none that failed and brought down what is around it, and no approval, which was given to the earlier run; and
 * what stands around the steps that are done anew, with what was decided there.
 *
 * @param steps in the order in which they began
 * @param takesUp whether the definition says of a step, by its id, what its failure comes to
 * @returns undefined when there is no such step to go on from
 */
export function stepsToKeep(
  steps: readonly ForkedStep[],
  fromStep: string,
  takesUp: (stepId: string) => boolean,
): KeptStep[] | undefined {
  const from = steps.find(({ path }) => path === fromStep)
  if (from === undefined || !isOfDefinition(from) || isUndoing(fromStep)) return undefined
  const undone = new Set(steps.filter(({ path }) => isUndoing(path)).map(({ path }) => path.split(undoing)[0]))
  const before = steps.filter(({ ordinal, path }) => ordinal < from.ordinal && !isUndoing(path))
  const anew = before.filter(({ path, kind }) => kind === 'approval' || undone.has(path))
  return before.flatMap((step): KeptStep[] => {
    const { path, status, stepId } = step
    if (anew.some((each) => each.path === path || isWithin(path, each.path))) return []
    if (isWithin(fromStep, path) && !fromStep.startsWith(`${path}/onFailure/`)) return [reopened(step, fromStep)]
    if (status === 'SKIPPED' || (status === 'FAILED' && takesUp(stepId))) return [{ path, open: false }]
    if (status !== 'SUCCEEDED') return []
    return [{ path, open: anew.some((each) => isWithin(each.path, path)) }]
  })
}

/** What stands around the step, in the attempt and the iteration in which the step stands. */
function reopened({ path, kind, state }: ForkedStep, fromStep: string): KeptStep {
  const [, attempt = '1', iteration] = /^(?:#([0-9]+))?(?:\[([0-9]+)\])?/.exec(fromStep.slice(path.length)) ?? []
  const begun = Number(iteration ?? 0) + 1
  const decided =
    kind === 'loop' && state !== null ? { state: { attempt: Number(attempt), begun, ended: false, most: begun } } : {}
  return { path, open: true, attempt: Number(attempt), ...decided }
}

/** Not one that a step made of itself, as an answer of a model. */
const isOfDefinition = ({ path, stepId }: ForkedStep) => path === stepId || path.endsWith(`/${stepId}`)

const undoing = '/compensate/'
const isUndoing = (path: string) => path.includes(undoing)

const isWithin = (path: string, outer: string) => path.startsWith(outer) && /^[/#[]/.test(path.slice(outer.length))
