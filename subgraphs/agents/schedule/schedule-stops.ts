import type { SchedulePause } from './schedule.entity.ts'

/** Why a schedule stops by itself until somebody enables it again. */
export const scheduleStops = {
  ownerInactive: { code: 'OWNER_INACTIVE', message: 'The owner is disabled, or has left the organization.' },
  ownerMayNotStart: {
    code: 'OWNER_MAY_NOT_START',
    message: 'The owner, or the key that acted for them, may not start runs any more.',
  },
  agentNotPublished: { code: 'AGENT_NOT_PUBLISHED', message: 'The agent has no published version, or is archived.' },
  runFailed: { code: 'RUN_FAILED', message: 'A run of the schedule failed.' },
} as const satisfies Record<string, SchedulePause>
