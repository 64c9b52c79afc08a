import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'
import type { AgentEnvironment } from '../agent/agent.environment.ts'
import type { JsonSchema } from '../agent/definition/definition-settings.ts'
import type { ApprovalStatus, ExpiryOutcome } from './approval.status.ts'

/** What a step of a run asks people for, with exactly what they are shown. Stored together with the step that waits for it. */
const ApprovalSchema = defineEntity({
  name: 'Approval',
  tableName: 'approval',
  ...tenantWall,
  indexes: [
    { name: 'approval_run', properties: ['organizationId', 'runId', 'id'] },
    { name: 'approval_status', properties: ['organizationId', 'status', 'id'] },
    { name: 'approval_starter', properties: ['organizationId', 'startedBy', 'id'] },
  ],
  properties: {
    ...tenantKey,
    runId: p.uuid(),
    stepId: p.uuid(),
    path: p.string().length(400),
    /** The run's, so that an approval can be judged without it. */
    startedBy: p.uuid(),
    environment: p.string().length(20).$type<AgentEnvironment>(),
    title: p.string().length(200),
    message: p.string().length(4_000).nullable(),
    shown: p.json<unknown>().nullable(),
    /** How many have to approve. */
    needed: p.integer(),
    /** Names of roles of which whoever decides has one; null: no role is asked for. */
    roles: p.json<string[]>().nullable(),
    selfApproval: p.boolean(),
    form: p.json<JsonSchema>().nullable(),
    onExpiry: p.string().length(20).$type<ExpiryOutcome>(),
    status: p.string().length(20).$type<ApprovalStatus>(),
    requestedAt: p.datetime(),
    expiresAt: p.datetime().nullable(),
    settledAt: p.datetime().nullable(),
  },
})
export class Approval extends ApprovalSchema.class {}
ApprovalSchema.setClass(Approval)
