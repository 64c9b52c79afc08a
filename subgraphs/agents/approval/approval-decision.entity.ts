import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'
import type { ApprovalVerdict } from './approval.status.ts'

/** What one person decided on an approval: a fact, added and never changed. */
const ApprovalDecisionSchema = defineEntity({
  name: 'ApprovalDecision',
  tableName: 'approval_decision',
  ...tenantWall,
  uniques: [{ name: 'approval_decision_user', properties: ['organizationId', 'approvalId', 'userId'] }],
  properties: {
    ...tenantKey,
    approvalId: p.uuid(),
    userId: p.uuid(),
    decision: p.string().length(20).$type<ApprovalVerdict>(),
    comment: p.string().length(2_000).nullable(),
    form: p.json<unknown>().nullable(),
    decidedAt: p.datetime(),
  },
})
export class ApprovalDecision extends ApprovalDecisionSchema.class {}
ApprovalDecisionSchema.setClass(ApprovalDecision)
