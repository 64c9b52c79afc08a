import { defineEntity, type PolicyDef, p } from '@mikro-orm/core'
import { systemOrganizationId } from '#platform/caller/caller'
import { acrossTenants, organizationSetting, tenantKey, tenantWall } from '#platform/db/tenant'
import { type RunError, sweepRole } from '../run/run.entity.ts'

/** Whoever works in the system organization looks after the letters of all organizations; they tell nothing of what runs are about. */
const inSystemOrganization = `current_setting('${organizationSetting}', true) = '${systemOrganizationId}'`
const operators: PolicyDef = {
  name: 'operators',
  roles: ['forgeops_agents'],
  using: inSystemOrganization,
  check: inSystemOrganization,
}

/** A run that was set aside because its owners were lost one after the other. The row goes when the run goes on. */
const DeadLetterSchema = defineEntity({
  name: 'DeadLetter',
  tableName: 'dead_letter',
  ...tenantWall,
  policies: [...tenantWall.policies, operators, acrossTenants(sweepRole)],
  uniques: [{ name: 'dead_letter_run', properties: ['organizationId', 'runId'] }],
  properties: {
    ...tenantKey,
    runId: p.uuid(),
    agentId: p.uuid(),
    /** The path of the step that was begun last and has not ended. */
    step: p.string().length(400).nullable(),
    error: p.json<RunError>(),
    /** The workers that were lost with it, the last one first. */
    owners: p.array().$type<string[]>(),
    parkedAt: p.datetime(),
  },
})
export class DeadLetter extends DeadLetterSchema.class {}
DeadLetterSchema.setClass(DeadLetter)
