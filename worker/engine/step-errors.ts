import { DomainError } from '#platform/errors/domain-error'
import { type StepError, storableText } from '../../subgraphs/agents/jobs.ts'

/** A failed step, with the place where it failed. */
export class StepFailedError extends DomainError {
  readonly step: string
  /** @param path of a step whose error names no other */
  constructor(path: string, { code, message, step = path }: StepError) {
    super(code, message)
    this.step = step
  }
}

/** Ends the run, whatever the authors of its steps say about failures. */
export class RunEndsError extends DomainError {}

/** A step took longer than its `timeout`; `path` is the one whose limit it was. */
export class StepTimeout extends DomainError {
  readonly path: string
  constructor(path: string) {
    super('STEP_TIMEOUT', 'The step took longer than its limit.')
    this.path = path
  }
}

/** What stood beside the step has failed, and with it what is around both. */
export class SiblingFailed extends Error {
  constructor() {
    super('A step beside this one failed.')
  }
}

/** What may be stored with the run and shown to whoever may read it: never the words of an error that is not ours. */
export function publicError(error: unknown): StepError {
  if (!(error instanceof DomainError))
    return { code: 'INTERNAL_SERVER_ERROR', message: 'Something went wrong on our side.' }
  const told = { code: error.code, message: storableText(error.message) }
  return error instanceof StepFailedError ? { ...told, step: error.step } : told
}

/** Whether the step itself says that it can be tried again. */
export const isRetryable = (error: unknown): boolean =>
  error instanceof Error && 'retryable' in error && error.retryable === true

/** How long the remote side asked to be left alone, in ms. */
export const retryAfterMsOf = (error: unknown): number =>
  error instanceof Error && 'retryAfterMs' in error && typeof error.retryAfterMs === 'number' ? error.retryAfterMs : 0
