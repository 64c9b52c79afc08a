import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'
import type { StepKind } from '../agent/definition/definition.ts'
import type { StepStatus, WaitReason } from './step.status.ts'
import type { Attempt, Resolution, StepError, StepUsage } from './step-record.ts'

/** A step of a run, once it was begun. The unique path is what keeps a completed step from running again. */
const RunStepSchema = defineEntity({
  name: 'RunStep',
  tableName: 'step',
  ...tenantWall,
  uniques: [{ name: 'step_path', properties: ['organizationId', 'runId', 'path'] }],
  indexes: [
    {
      name: 'step_event',
      properties: ['organizationId', 'eventName', 'eventKey'],
      where: `status = 'WAITING' and event_name is not null`,
    },
  ],
  properties: {
    ...tenantKey,
    runId: p.uuid(),
    path: p.string().length(400),
    stepId: p.string().length(64),
    kind: p.string().length(20).$type<StepKind>(),
    status: p.string().length(20).$type<StepStatus>(),
    attempt: p.integer(),
    epoch: p.integer().default(0),
    attempts: p.json<Attempt[]>().default('[]'),
    waitsFor: p.string().length(20).$type<WaitReason>().nullable(),
    dueAt: p.datetime().nullable(),
    eventName: p.string().length(100).nullable(),
    eventKey: p.string().length(400).nullable(),
    resolution: p.json<Resolution>().nullable(),
    state: p.json<unknown>().nullable(),
    input: p.json<unknown>().nullable(),
    output: p.json<unknown>().nullable(),
    /** Where the output is instead, when it is large. */
    outputRef: p.uuid().nullable(),
    error: p.json<StepError>().nullable(),
    usage: p.json<StepUsage>().nullable(),
    /** Handed to the outside with each attempt, so that it can tell a repetition. */
    effectKey: p.string().length(64),
    ordinal: p.integer().default(0),
    doneOrdinal: p.integer().nullable(),
    startedAt: p.datetime(),
    finishedAt: p.datetime().nullable(),
  },
})
export class RunStep extends RunStepSchema.class {}
RunStepSchema.setClass(RunStep)
