/** Where a run stands. This file is the only one that compares statuses; SQL elsewhere takes its conditions from here. */
export const runStatuses = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const
export type RunStatus = (typeof runStatuses)[number]

/** The ends of a run: written once, never left. */
export type FinalStatus = Extract<RunStatus, 'SUCCEEDED' | 'FAILED' | 'CANCELLED'>

/** Conditions on a row of `agents.run`. */
export const runIs = {
  queued: `status = 'QUEUED'`,
  /** Somebody works on it, or did until they died. */
  running: `status = 'RUNNING'`,
  /** A worker may take it: nobody has yet, or its owner was not heard of in time. */
  claimable: `(status = 'QUEUED' or status = 'RUNNING' and lease_until <= now())`,
  unfinished: `status in ('QUEUED', 'RUNNING')`,
} as const
