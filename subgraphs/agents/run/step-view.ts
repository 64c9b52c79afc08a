import type { RunStep } from '../step/step.entity.ts'
import type { Attempt } from '../step/step-record.ts'
import type { Run } from './run.entity.ts'

const attemptsShownMax = 50

/** A step as the API tells it; by whose its run is and what that works on it is judged as the run is. */
export function stepView(step: RunStep, { startedBy, environment }: Pick<Run, 'startedBy' | 'environment'>) {
  const { path, startedAt, finishedAt } = step
  const over = step.attempts.slice(0, attemptsShownMax).map((attempt) => attemptView(attempt, path))
  const first = over[0]?.startedAt ?? startedAt
  const isOpen = (step.status === 'RUNNING' || step.status === 'WAITING') && step.attempts.length < step.attempt
  const open = { attempt: step.attempt, status: step.status, startedAt, finishedAt: null, error: null }
  return {
    ...step,
    startedBy,
    environment,
    error: step.error && { step: path, ...step.error },
    attempts: isOpen ? [...over, open] : over,
    durationMs: finishedAt == null ? null : finishedAt.getTime() - first.getTime(),
  }
}

const attemptView = ({ attempt, status, startedAt, finishedAt, error }: Attempt, path: string) => ({
  attempt,
  status,
  startedAt: new Date(startedAt),
  finishedAt: new Date(finishedAt),
  error: error === undefined ? null : { step: path, ...error },
})
