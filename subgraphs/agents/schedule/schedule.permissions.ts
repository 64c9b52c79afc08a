import type { Caller } from '#platform/caller/caller'
import { connectionPermissions } from '#platform/graphql/page.permissions'
import { either, hasScope, orRow, type PermissionMap, type RowCondition, signedIn } from '#platform/graphql/rules'
import { content } from '../agent/agent.environment.ts'

const reader = hasScope('schedule:read')
const writer = hasScope('schedule:write')
const ownedByCaller: RowCondition = (schedule, caller) =>
  caller.apiKeyId === null &&
  caller.agentId === null &&
  (schedule as { readonly ownerId?: string }).ownerId === caller.userId

/** What starts runs with somebody's rights is for those who may start runs themselves; the verbs ask for it besides. */
export const startsRuns = hasScope('run:start')

const input = orRow(content('run'), 'own schedule', ownedByCaller)

/** Whether a caller may see what a schedule starts its runs with. */
export function readsInput(caller: Caller, schedule: object): boolean {
  const judge = input.row?.(caller) ?? false
  return input.allows(caller) || (judge !== false && judge(schedule))
}

export const schedulePermissions: PermissionMap = {
  Query: { schedule: reader, schedules: reader },
  Mutation: { createSchedule: writer, updateSchedule: writer, deleteSchedule: writer },
  Schedule: {
    id: signedIn,
    '*': reader,
    input,
    agent: hasScope('agent:read'),
    // As for any run: who only starts runs sees their own.
    lastRun: either(hasScope('run:read'), startsRuns),
  },
  SchedulePause: { '*': reader },
  ...connectionPermissions('Schedule', reader),
}
