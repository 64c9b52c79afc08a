/** Where a step stands. Skipped: its `when` was not true. Cancelled: the run, or what it stood in, ended around it. */
export const stepStatuses = ['RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'SKIPPED', 'CANCELLED'] as const
export type StepStatus = (typeof stepStatuses)[number]

/** How an attempt ended. Fenced: its owner was not heard of in time, and whatever it still did was not stored. */
export const attemptStatuses = ['SUCCEEDED', 'FAILED', 'FENCED', 'CANCELLED'] as const
export type AttemptStatus = (typeof attemptStatuses)[number]

/** What a waiting step waits for. */
export const waitReasons = ['retry', 'timer', 'event', 'approval', 'child'] as const
export type WaitReason = (typeof waitReasons)[number]

/** Conditions on a row of `agents.step`. */
export const stepIs = {
  waiting: `step.status = 'WAITING'`,
  /** Somebody answered what it waits for; its run has not gone on yet. */
  answered: `step.status = 'WAITING' and step.resolution is not null`,
} as const
