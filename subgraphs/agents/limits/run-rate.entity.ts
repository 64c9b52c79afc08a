import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'

/** How far the beginnings of an agent's runs with one key have used up their rate (GCRA). */
const RunRateSchema = defineEntity({
  name: 'RunRate',
  tableName: 'rate',
  ...tenantWall,
  uniques: [{ name: 'rate_key', properties: ['organizationId', 'agentId', 'key'] }],
  // What is past says nothing any more and is cleared away.
  indexes: [{ name: 'rate_past', properties: ['organizationId', 'agentId', 'usedUntil'] }],
  properties: {
    ...tenantKey,
    agentId: p.uuid(),
    key: p.string().length(200),
    /** The theoretical arrival time: with evenly spaced beginnings, when the next one would be. */
    usedUntil: p.datetime(),
  },
})
export class RunRate extends RunRateSchema.class {}
RunRateSchema.setClass(RunRate)
