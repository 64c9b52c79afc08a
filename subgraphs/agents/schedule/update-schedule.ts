import { LockMode } from '@mikro-orm/core'
import { write } from '#platform/db/write'
import { ForbiddenError, NotFoundError } from '#platform/errors/common-errors'
import type { Ctx } from '#platform/graphql/context'
import { isId } from '#platform/id'
import { checkedInput, checkedName, checkedWindow, checkTiming, ownerOf } from './check-schedule.ts'
import { databaseNow } from './database-now.ts'
import { nextFire } from './fire-times.ts'
import { Schedule } from './schedule.entity.ts'
import type { UpdateScheduleInput } from './schedule.graphql.ts'
import { readsInput } from './schedule.permissions.ts'

/**
 * Changes a schedule, stops it or has it go on. Whoever does becomes its owner: else one could have another's rights used
 * for what that other never asked for.
 *
 * @throws NotFoundError NOT_FOUND; ForbiddenError FORBIDDEN for who may not start runs, or keeps an input that they may not see; InvalidInputError BAD_USER_INPUT
 */
export async function updateSchedule(ctx: Ctx, given: UpdateScheduleInput): Promise<Schedule> {
  const owner = ownerOf(ctx)
  if (!isId(given.scheduleId)) throw new NotFoundError('schedule')
  const changes = {
    ...(given.name != null && { name: checkedName(given.name) }),
    ...(given.input != null && { input: checkedInput(given.input) }),
    ...(given.overlap != null && { overlap: given.overlap }),
    ...(given.catchUpWindow != null && { catchUpWindow: checkedWindow(given.catchUpWindow) }),
    ...(given.pauseOnFailure != null && { pauseOnFailure: given.pauseOnFailure }),
  }
  return write(ctx, 'schedule.updated', async (tx) => {
    const schedule = await tx.em.findOne(Schedule, { id: given.scheduleId }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    if (schedule === null) throw new NotFoundError('schedule')
    // It becomes theirs, and with it what it starts its runs with.
    if (given.input == null && !readsInput(ctx.caller, schedule)) throw new ForbiddenError()
    const timing = { cron: given.cron ?? schedule.cron, timeZone: given.timeZone ?? schedule.timeZone }
    checkTiming(timing)
    const moved = timing.cron !== schedule.cron || timing.timeZone !== schedule.timeZone
    Object.assign(schedule, { ...changes, ...timing, ...owner })
    const now = await databaseNow(tx)
    if (given.enabled === false) Object.assign(schedule, { enabled: false, paused: null, ...never })
    else if (schedule.enabled ? moved : given.enabled === true) {
      const nextFireAt = nextFire(timing, now) ?? null
      Object.assign(schedule, { nextFireAt, dueAt: schedule.buffered.length > 0 ? now : nextFireAt })
      if (!schedule.enabled) Object.assign(schedule, { enabled: true, paused: null, enabledAt: now })
    }
    tx.target('schedule', schedule.id, schedule.name)
    tx.target('agent', schedule.agentId)
    for (const name of Object.keys(given))
      if (name !== 'scheduleId' && name !== 'input') tx.detail(name, told(given, name))
    return schedule
  })
}

/** Of a schedule that does not fire: fires that waited are given up. */
export const never = { nextFireAt: null, dueAt: null, buffered: [] }

const told = (given: UpdateScheduleInput, name: string) =>
  (given as unknown as Record<string, string | boolean | null>)[name] ?? null
