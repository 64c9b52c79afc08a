import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'
import type { StepStatus } from './step.status.ts'

export interface StepError {
  readonly code: string
  readonly message: string
}

/** A step of a run, once it was begun. The unique path is what keeps a completed step from running again. */
const RunStepSchema = defineEntity({
  name: 'RunStep',
  tableName: 'step',
  ...tenantWall,
  uniques: [{ name: 'step_path', properties: ['organizationId', 'runId', 'path'] }],
  properties: {
    ...tenantKey,
    runId: p.uuid(),
    /** Ids of the steps around it and its own, joined by slashes. */
    path: p.string().length(255),
    /** Its id in the definition. */
    stepId: p.string().length(40),
    kind: p.string().length(20),
    status: p.string().length(20).$type<StepStatus>(),
    attempt: p.integer(),
    output: p.json<unknown>().nullable(),
    error: p.json<StepError>().nullable(),
    /** Handed to the outside with each attempt, so that it can tell a repetition. */
    effectKey: p.string().length(64),
    /** The run's event with which it first began: the order of execution. */
    beganSeq: p.integer(),
    startedAt: p.datetime(),
    finishedAt: p.datetime().nullable(),
  },
})
export class RunStep extends RunStepSchema.class {}
RunStepSchema.setClass(RunStep)
