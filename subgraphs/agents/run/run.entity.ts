import { defineEntity, p } from '@mikro-orm/core'
import { acrossTenants, tenantKey, tenantWall } from '#platform/db/tenant'
import type { AgentEnvironment } from '../agent/agent.environment.ts'
import { type FinalStatus, type RunStatus, runIs } from './run.status.ts'

/** Sees of every tenant's runs which are due, and nothing of what they are about. */
export const sweepRole = 'forgeops_sweep'

/** What went wrong, in words for whoever may read the run; `step` is the path of the step that failed, if one did. */
export interface RunError {
  readonly code: string
  readonly message: string
  readonly step: string | null
}

/** How a run is going to end, once what it did has been undone. */
export interface RunEnding {
  readonly status: FinalStatus
  readonly error?: RunError
}

/** One execution of one version of an agent. This row is the truth; a job in Redis only hints at it. */
const RunSchema = defineEntity({
  name: 'Run',
  tableName: 'run',
  ...tenantWall,
  policies: [...tenantWall.policies, acrossTenants(sweepRole)],
  uniques: [
    {
      name: 'run_idempotency',
      properties: ['organizationId', 'agentId', 'idempotencyKey'],
      where: 'idempotency_key is not null',
    },
    { name: 'run_fire', properties: ['organizationId', 'scheduleId', 'fireAt'], where: 'schedule_id is not null' },
  ],
  indexes: [
    { name: 'run_agent', properties: ['organizationId', 'agentId', 'id'] },
    { name: 'run_starter', properties: ['organizationId', 'startedBy', 'id'] },
    { name: 'run_parent', properties: ['organizationId', 'parentRunId'], where: 'parent_run_id is not null' },
    {
      name: 'run_schedule',
      properties: ['organizationId', 'scheduleId', 'finishedAt'],
      where: 'schedule_id is not null',
    },
    // Of all organizations in one order: only the sweep reads by it, and it looks at the first few however many wait.
    { name: 'run_due', properties: ['dueAt'], where: runIs.unfinished },
    // Of each organization, for when one of them has more due than the sweep looks at.
    { name: 'run_due_of', properties: ['organizationId', 'dueAt'], where: runIs.unfinished },
    { name: 'run_running', properties: ['organizationId', 'agentId'], where: runIs.running },
    { name: 'run_often_lost', properties: ['dueAt'], where: runIs.oftenLost },
    { name: 'run_held', properties: ['organizationId', 'heldBy', 'queuedAt', 'id'], where: runIs.held },
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
    ending: p.json<RunEnding>().nullable(),
    startedBy: p.uuid(),
    /** What whoever acted for the starter could do, an API key or an agent: the most that the run may. Null: a person did. */
    scopesMax: p.array().$type<string[]>().nullable(),
    idempotencyKey: p.string().length(255).nullable(),
    requestId: p.string().length(64),
    traceparent: p.string().length(55),
    /** The run whose step started this one, and the path of that step’s attempt. */
    parentRunId: p.uuid().nullable(),
    parentPath: p.string().length(400).nullable(),
    /** 0 for a run that no run started. */
    depth: p.integer().default(0),
    /** The schedule that started it, and at which of its times. */
    scheduleId: p.uuid().nullable(),
    fireAt: p.datetime().nullable(),
    /** The run that this one repeats from its start. */
    replayOf: p.uuid().nullable(),
    /** The run whose steps up to `forkedStep`, a path, this one has taken over. */
    forkedFrom: p.uuid().nullable(),
    forkedStep: p.string().length(400).nullable(),
    queuedAt: p.datetime(),
    startedAt: p.datetime().nullable(),
    finishedAt: p.datetime().nullable(),
    leaseOwner: p.string().length(100).nullable(),
    /** Counts the owners: what an earlier one still wants to store is refused by it. */
    leaseEpoch: p.integer().default(0),
    /** Counts this owner's commits, so that one whose answer was lost can be sent again. */
    leaseCommits: p.integer().default(0),
    /** Owners in a row that were lost without a step completed: what kills its workers is found by it. */
    ownersLost: p.integer().default(0),
    /**
     * From when on a worker may take an unfinished run: a queued one since it was queued, one in hand when its lease ends,
     * a waiting one when the first of what it waits for is due. Not read with the run: it may be 'infinity', which is no
     * Date.
     */
    dueAt: p.datetime().lazy(),
    /** The limit that keeps a run that is due from being worked on, as a group: runs of one group go in their order. */
    heldBy: p.string().length(300).nullable(),
    /** The values of the keys of its definition's limits; null before they were asked for, and without them. */
    concurrencyKey: p.string().length(200).nullable(),
    rateKey: p.string().length(200).nullable(),
    /** The number of the run's last event. */
    eventSeq: p.integer().default(0),
    stepsDone: p.integer().default(0),
    inputTokens: p.bigint('number').default(0),
    outputTokens: p.bigint('number').default(0),
    /** In millionths of a US dollar, of the calls whose price is known. */
    costMicros: p.bigint('number').default(0),
    /** Of all outputs of its steps, as JSON. */
    payloadBytes: p.bigint('number').default(0),
    cancelRequestedAt: p.datetime().nullable(),
  },
})
export class Run extends RunSchema.class {}
RunSchema.setClass(Run)
