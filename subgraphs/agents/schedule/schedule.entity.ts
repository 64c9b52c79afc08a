import { defineEntity, p } from '@mikro-orm/core'
import { acrossTenants, tenantKey, tenantWall } from '#platform/db/tenant'
import type { AgentEnvironment } from '../agent/agent.environment.ts'
import { sweepRole } from '../run/run.entity.ts'
import type { Overlap } from './overlap.ts'

/** Why a schedule stopped by itself, in words for whoever may read it. */
export interface SchedulePause {
  readonly code: string
  readonly message: string
}

/** Starts runs of an agent at times, with the rights of whoever said so last. */
const ScheduleSchema = defineEntity({
  name: 'Schedule',
  tableName: 'schedule',
  ...tenantWall,
  policies: [...tenantWall.policies, acrossTenants(sweepRole)],
  indexes: [
    { name: 'schedule_agent', properties: ['organizationId', 'agentId', 'id'] },
    // Of all organizations in one order: only the sweep reads by it.
    { name: 'schedule_due', properties: ['dueAt'], where: 'due_at is not null' },
    { name: 'schedule_paused', properties: ['organizationId', 'id'], where: 'paused is not null' },
  ],
  properties: {
    ...tenantKey,
    name: p.string().length(100),
    agentId: p.uuid(),
    /** The agent's, so that a schedule can be judged without it. */
    environment: p.string().length(20).$type<AgentEnvironment>().default('PRODUCTION'),
    cron: p.string().length(100),
    timeZone: p.string().length(64),
    input: p.json<Record<string, unknown>>(),
    overlap: p.string().length(20).$type<Overlap>(),
    /** A duration as it was written. */
    catchUpWindow: p.string().length(20),
    pauseOnFailure: p.boolean(),
    enabled: p.boolean(),
    /** Set when it stopped by itself. */
    paused: p.json<SchedulePause>().nullable(),
    /** Whose rights its runs use: who made it, or changed it last. */
    ownerId: p.uuid(),
    /** What whoever acted for the owner could do, an API key or an agent. Null: a person did. */
    scopesMax: p.array().$type<string[]>().nullable(),
    createdAt: p.datetime(),
    enabledAt: p.datetime(),
    /** The first fire that was not made yet; null when it does not fire. */
    nextFireAt: p.datetime().nullable(),
    /** When somebody has to look: at the next fire, or sooner for fires that wait; null for never. */
    dueAt: p.datetime().nullable(),
    lookedAt: p.datetime().nullable(),
    /** The fires that wait for an earlier run's end, oldest first: ISO 8601. */
    buffered: p.json<readonly string[]>(),
    lastFireAt: p.datetime().nullable(),
    lastRunId: p.uuid().nullable(),
  },
})
export class Schedule extends ScheduleSchema.class {}
ScheduleSchema.setClass(Schedule)
