import { LockMode } from '@mikro-orm/core'
import { write } from '#platform/db/write'
import { NotFoundError } from '#platform/errors/common-errors'
import type { Ctx } from '#platform/graphql/context'
import { isId } from '#platform/id'
import { Schedule } from './schedule.entity.ts'
import type { DeleteScheduleInput } from './schedule.graphql.ts'
import { never } from './update-schedule.ts'

/**
 * Deletes a schedule; the runs that it started go on and stay.
 *
 * @returns what it was
 * @throws NotFoundError NOT_FOUND
 */
export async function deleteSchedule(ctx: Ctx, input: DeleteScheduleInput): Promise<Omit<Schedule, 'organizationId'>> {
  if (!isId(input.scheduleId)) throw new NotFoundError('schedule')
  return write(ctx, 'schedule.deleted', async (tx) => {
    const id = input.scheduleId
    const schedule = await tx.em.findOne(Schedule, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    if (schedule === null) throw new NotFoundError('schedule')
    tx.target('schedule', id, schedule.name)
    tx.target('agent', schedule.agentId)
    const was = { ...schedule, enabled: false, ...never }
    await tx.em.nativeDelete(Schedule, { id })
    return was
  })
}
