import { defineEntity, p } from '@mikro-orm/core'
import { acrossTenants, tenantKey, tenantWall } from '#platform/db/tenant'
import type { AgentEnvironment } from '../agent/agent.environment.ts'
import { type RunStatus, runIs } from './run.status.ts'

/** Sees of every tenant's runs which are due, and nothing of what they are about. */
export const sweepRole = 'forgeops_sweep'

/** What went wrong, in words for whoever may read the run; `step` is the path of the step that failed, if one did. */
export interface RunError {
  readonly code: string
  readonly message: string
  readonly step: string | null
}

/** One execution of one version of an agent. This row is the truth; a job in Redis only hints at it. */
const RunSchema = defineEntity({
  name: 'Run',
  tableName: 'run',
  ...tenantWall,
  policies: [...tenantWall.policies, acrossTenants(sweepRole)],
  uniques: [{ name: 'run_idempotency', properties: ['organizationId', 'agentId', 'idempotencyKey'] }],
  indexes: [
    { name: 'run_agent', properties: ['organizationId', 'agentId', 'id'] },
    { name: 'run_starter', properties: ['organizationId', 'startedBy', 'id'] },
    { name: 'run_due', properties: ['organizationId', 'leaseUntil'], where: runIs.unfinished },
  ],
  properties: {
    ...tenantKey,
    agentId: p.uuid(),
    agentVersionId: p.uuid(),
    /** The agent's, so that a run can be judged without it. */
    environment: p.string().length(20).$type<AgentEnvironment>().default('PRODUCTION'),
    status: p.string().length(20).$type<RunStatus>(),
    /** As given; the version's defaults fill what is missing when the run is executed. */
    input: p.json<Record<string, unknown>>(),
    output: p.json<unknown>().nullable(),
    error: p.json<RunError>().nullable(),
    startedBy: p.uuid(),
    /** What whoever acted for the starter could do, an API key or an agent: the most that the run may. Null: a person did. */
    scopesMax: p.array().$type<string[]>().nullable(),
    idempotencyKey: p.string().length(255).nullable(),
    requestId: p.string().length(64),
    traceparent: p.string().length(55),
    queuedAt: p.datetime(),
    startedAt: p.datetime().nullable(),
    finishedAt: p.datetime().nullable(),
    leaseOwner: p.string().length(100).nullable(),
    /** Counts the owners: what an earlier one still wants to store is refused by it. */
    leaseEpoch: p.integer().default(0),
    /** From when on a worker may take an unfinished run; a queued one may be taken since it was queued. */
    leaseUntil: p.datetime(),
    /** The number of the run's last event. */
    eventSeq: p.integer().default(0),
    cancelRequestedAt: p.datetime().nullable(),
  },
})
export class Run extends RunSchema.class {}
RunSchema.setClass(Run)
