import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'

/** One transition of a run, stored with the transition itself: numbered 1, 2, 3 … without gaps. */
const RunEventSchema = defineEntity({
  name: 'RunEvent',
  tableName: 'run_event',
  ...tenantWall,
  uniques: [{ name: 'run_event_order', properties: ['organizationId', 'runId', 'seq'] }],
  properties: {
    ...tenantKey,
    runId: p.uuid(),
    seq: p.integer(),
    type: p.string().length(40),
    data: p.json<Record<string, unknown>>(),
    at: p.datetime(),
  },
})
export class RunEvent extends RunEventSchema.class {}
RunEventSchema.setClass(RunEvent)
