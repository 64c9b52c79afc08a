/** Where a step stands. A failed step may be begun again; a succeeded one never. */
export const stepStatuses = ['RUNNING', 'SUCCEEDED', 'FAILED'] as const
export type StepStatus = (typeof stepStatuses)[number]

/** Conditions on a row of `agents.step`. */
export const stepIs = {
  running: `step.status = 'RUNNING'`,
  succeeded: `step.status = 'SUCCEEDED'`,
  repeatable: `step.status <> 'SUCCEEDED'`,
} as const
