import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'

/** What the runs of an organization may use; its id is the organization's. Without a row the defaults bind. */
const RunPolicySchema = defineEntity({
  name: 'RunPolicy',
  tableName: 'run_policy',
  ...tenantWall,
  properties: {
    ...tenantKey,
    /** Runs worked on at one time, those that wait not counted. */
    concurrency: p.integer(),
    /** Each of these of one run; null: nothing but the definition and the ceilings of the platform. */
    steps: p.integer().nullable(),
    tokens: p.bigint('number').nullable(),
    /** In millionths of a US dollar. */
    costMicros: p.bigint('number').nullable(),
    durationMs: p.bigint('number').nullable(),
    updatedAt: p.datetime(),
  },
})
export class RunPolicy extends RunPolicySchema.class {}
RunPolicySchema.setClass(RunPolicy)
