import { write } from '#platform/db/write'
import { NotFoundError } from '#platform/errors/common-errors'
import type { Ctx } from '#platform/graphql/context'
import { isId, newId } from '#platform/id'
import { Agent } from '../agent/agent.entity.ts'
import { AgentNotPublishedError } from '../agent/agent.errors.ts'
import { checkedInput, checkedName, checkedWindow, checkTiming, ownerOf } from './check-schedule.ts'
import { databaseNow } from './database-now.ts'
import { nextFire } from './fire-times.ts'
import { Schedule } from './schedule.entity.ts'
import { ScheduleLimitError } from './schedule.errors.ts'
import type { CreateScheduleInput } from './schedule.graphql.ts'
import { schedulesMax } from './schedule.limits.ts'

/**
 * Has runs of an agent start at times, with the rights that the caller has then.
 *
 * @throws NotFoundError NOT_FOUND; AgentNotPublishedError AGENT_NOT_PUBLISHED; ForbiddenError FORBIDDEN for who may not
 *   start runs; ScheduleLimitError SCHEDULE_LIMIT; InvalidInputError BAD_USER_INPUT
 */
export async function createSchedule(ctx: Ctx, given: CreateScheduleInput): Promise<Schedule> {
  const owner = ownerOf(ctx)
  if (!isId(given.agentId)) throw new NotFoundError('agent')
  const name = checkedName(given.name)
  const input = checkedInput(given.input)
  const catchUpWindow = checkedWindow(given.catchUpWindow ?? '1h')
  const timing = { cron: given.cron, timeZone: given.timeZone ?? 'UTC' }
  checkTiming(timing)
  const { overlap = 'SKIP', pauseOnFailure = false, enabled = true } = given
  return write(ctx, 'schedule.created', async (tx) => {
    const agent = await tx.em.findOne(Agent, { id: given.agentId })
    if (agent === null) throw new NotFoundError('agent')
    if (agent.publishedVersionId == null || agent.archivedAt != null) throw new AgentNotPublishedError()
    if ((await tx.em.count(Schedule, {})) >= schedulesMax) throw new ScheduleLimitError(schedulesMax)
    const now = await databaseNow(tx)
    const nextFireAt = enabled ? (nextFire(timing, now) ?? null) : null
    const schedule = tx.em.create(Schedule, {
      ...{ organizationId: ctx.caller.organizationId, id: newId(), name, agentId: agent.id },
      ...{ environment: agent.environment, ...timing, input, overlap, catchUpWindow, pauseOnFailure, enabled },
      ...{ ...owner, createdAt: now, enabledAt: now, nextFireAt, dueAt: nextFireAt, buffered: [] },
    })
    tx.target('schedule', schedule.id, name)
    tx.target('agent', agent.id, agent.name)
    tx.detail('cron', timing.cron)
    tx.detail('timeZone', timing.timeZone)
    return schedule
  })
}
