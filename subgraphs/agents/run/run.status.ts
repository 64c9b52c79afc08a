import { ownersLostMax } from '../dead-letter/dead-letter.limits.ts'

/** Where a run stands. This file is the only one that compares statuses; SQL elsewhere takes its conditions from here. */
export const runStatuses = ['QUEUED', 'RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const
export type RunStatus = (typeof runStatuses)[number]

/** The ends of a run: written once, never left. */
export type FinalStatus = Extract<RunStatus, 'SUCCEEDED' | 'FAILED' | 'CANCELLED'>

/** Conditions on a row of `agents.run`. */
export const runIs = {
  queued: `status = 'QUEUED'`,
  /** Somebody works on it, or did until they died. */
  running: `status = 'RUNNING'`,
  /** Nobody works on it: it waits for a time, for people, for an event or for another run. */
  waiting: `status = 'WAITING'`,
  unfinished: `status in ('QUEUED', 'RUNNING', 'WAITING')`,
  /** Due, but held by a limit. */
  held: `held_by is not null and status in ('QUEUED', 'WAITING')`,
  /** Of those that are due and lost their owner, the one that has them now counts as lost. */
  onLastChance: `owners_lost + (status = 'RUNNING' and lease_owner is not null)::int = ${ownersLostMax - 1}`,
  /** All that can be on their last chance, and few more. */
  oftenLost: `owners_lost >= ${ownersLostMax - 2} and status in ('QUEUED', 'RUNNING', 'WAITING')`,
} as const
