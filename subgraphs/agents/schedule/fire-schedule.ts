import { LockMode } from '@mikro-orm/core'
import { type Tx, write, writeElsewhere } from '#platform/db/write'
import { DomainError } from '#platform/errors/domain-error'
import type { Ctx } from '#platform/graphql/context'
import { Agent } from '../agent/agent.entity.ts'
import { durationMs } from '../agent/definition/duration.ts'
import { queueRun } from '../run/start-run.ts'
import { databaseNow } from './database-now.ts'
import { endEarlierRuns } from './end-earlier-runs.ts'
import { type DueFires, dueFires } from './fire-times.ts'
import { decideOverlap } from './overlap.ts'
import { Schedule, type SchedulePause } from './schedule.entity.ts'
import { bufferLookMs } from './schedule.limits.ts'
import { scheduleStops } from './schedule-stops.ts'
import { never } from './update-schedule.ts'

/** What its owner may do now: null when they are nobody here any more. */
export type OwnerRights = readonly string[] | null

/**
 * Makes the fires of a schedule that are due: in one transaction starts their runs and moves the schedule on, so that each
 * fire is made once however many look at the same time. Does nothing when another is at it, or nothing is due.
 *
 * @param owner who the rights were asked of: when it is another by now, nothing is done
 */
export async function fireSchedule(
  ctx: Ctx,
  scheduleId: string,
  owner: { readonly id: string; readonly rights: OwnerRights },
): Promise<void> {
  try {
    await fire(ctx, scheduleId, owner)
  } catch (error) {
    // What the start of a run refuses for good, e.g. an input that a new version does not take.
    if (!(error instanceof DomainError)) throw error
    await stopSchedule(ctx, scheduleId, { code: error.code, message: error.message })
  }
}

function fire(ctx: Ctx, scheduleId: string, owner: { readonly id: string; readonly rights: OwnerRights }) {
  return write(ctx, 'schedule.fired', async (tx) => {
    const now = await databaseNow(tx)
    const schedule = await tx.em.findOne(Schedule, { id: scheduleId }, { lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE })
    if (schedule === null || !isDue(schedule, now) || schedule.ownerId !== owner.id) return tx.unchanged()
    const agent = await tx.em.findOneOrFail(Agent, { id: schedule.agentId })
    const stop = stopOf(schedule, agent, owner.rights) ?? (await failureOf(tx, schedule))
    if (stop !== undefined) {
      await writeElsewhere(ctx, tx, ctx, 'schedule.paused', (inner) => pause(inner, schedule, stop))
      return tx.unchanged()
    }
    const { nextFireAt, catchUpWindow } = schedule
    const due: DueFires =
      nextFireAt == null || nextFireAt > now
        ? { fires: [], next: nextFireAt ?? undefined }
        : dueFires(schedule, nextFireAt, now, durationMs(catchUpWindow))
    const unfinished = await unfinishedRuns(tx, schedule)
    const buffered = schedule.buffered.map((at) => new Date(at))
    const decided = decideOverlap(schedule.overlap, unfinished.length > 0, buffered, due.fires)
    if (decided.earlier !== undefined) await endEarlierRuns(ctx, tx, unfinished, decided.earlier)
    for (const at of decided.start) await startAt(ctx, tx, schedule, agent, at)
    Object.assign(schedule, {
      nextFireAt: due.next ?? null,
      buffered: decided.buffered.map((at) => at.toISOString()),
      lookedAt: now,
      dueAt: lookAgainAt(due.next, decided.buffered.length > 0, now),
    })
    if (due.fires.length === 0 && decided.start.length === 0 && due.missed === undefined) return tx.unchanged()
    tx.target('schedule', schedule.id, schedule.name)
    tx.detail('started', decided.start.length)
    tx.detail('waiting', decided.buffered.length)
    tx.detail('skipped', decided.skipped.length)
    if (due.missed !== undefined) {
      tx.detail('missedFrom', due.missed.from.toISOString())
      tx.detail('missedBefore', due.missed.before.toISOString())
    }
  })
}

const isDue = ({ enabled, dueAt }: Schedule, now: Date) => enabled && dueAt != null && dueAt <= now

function stopOf(schedule: Schedule, agent: Agent, rights: OwnerRights): SchedulePause | undefined {
  if (rights === null) return scheduleStops.ownerInactive
  if (!rights.includes('run:start') || schedule.scopesMax?.includes('run:start') === false)
    return scheduleStops.ownerMayNotStart
  if (agent.publishedVersionId == null || agent.archivedAt != null) return scheduleStops.agentNotPublished
  return undefined
}

/** Whether a run of it failed since it was looked at last; a minute more, for one whose end was being stored then. */
async function failureOf(tx: Tx, schedule: Schedule): Promise<SchedulePause | undefined> {
  if (!schedule.pauseOnFailure) return undefined
  const [found] = await tx.em.execute<{ failed: boolean }[]>(
    `select exists (select 1 from agents.run where organization_id = ? and schedule_id = ? and status = 'FAILED'
       and finished_at > greatest(?::timestamptz, ?::timestamptz - interval '1 minute')) as failed`,
    [schedule.organizationId, schedule.id, schedule.enabledAt, schedule.lookedAt ?? schedule.enabledAt],
  )
  return found?.failed === true ? scheduleStops.runFailed : undefined
}

async function unfinishedRuns(tx: Tx, schedule: Schedule): Promise<string[]> {
  if (schedule.overlap === 'ALLOW_ALL') return []
  const rows = await tx.em.execute<{ id: string }[]>(
    'select id from agents.run where organization_id = ? and schedule_id = ? and finished_at is null order by id limit 100',
    [schedule.organizationId, schedule.id],
  )
  return rows.map(({ id }) => id)
}

/** A start is told as any other is, with its own record. */
async function startAt(ctx: Ctx, tx: Tx, schedule: Schedule, agent: Agent, at: Date): Promise<void> {
  await writeElsewhere(ctx, tx, ctx, 'run.started', async (inner) => {
    const start = {
      ...{ agentId: agent.id, startedBy: schedule.ownerId, scopesMax: schedule.scopesMax ?? null },
      ...{ input: JSON.stringify(schedule.input), idempotencyKey: null, fire: { scheduleId: schedule.id, at } },
    }
    const run = await queueRun(ctx, inner, start, agent)
    if (run === undefined) return inner.unchanged()
    inner.target('schedule', schedule.id, schedule.name)
    inner.detail('onBehalfOf', schedule.ownerId)
    inner.detail('fireAt', at.toISOString())
    Object.assign(schedule, { lastRunId: run.id, lastFireAt: at })
  })
}

function lookAgainAt(next: Date | undefined, waiting: boolean, now: Date): Date | null {
  if (!waiting) return next ?? null
  const soon = new Date(now.getTime() + bufferLookMs)
  return next !== undefined && next < soon ? next : soon
}

function stopSchedule(ctx: Ctx, scheduleId: string, stop: SchedulePause): Promise<void> {
  return write(ctx, 'schedule.paused', async (tx) => {
    const schedule = await tx.em.findOne(Schedule, { id: scheduleId }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    if (schedule === null || !schedule.enabled) return tx.unchanged()
    await pause(tx, schedule, stop)
  })
}

async function pause(tx: Tx, schedule: Schedule, stop: SchedulePause): Promise<void> {
  Object.assign(schedule, { enabled: false, paused: stop, ...never })
  tx.target('schedule', schedule.id, schedule.name)
  tx.detail('code', stop.code)
}
