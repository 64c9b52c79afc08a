import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'

/** A host and port that an organization's own steps may call at a private address. */
const EgressRuleSchema = defineEntity({
  name: 'EgressRule',
  tableName: 'egress_rule',
  ...tenantWall,
  uniques: [{ name: 'egress_rule_place', properties: ['organizationId', 'host', 'port'] }],
  properties: {
    ...tenantKey,
    /** As a URL's parser has it: in lower case, IPv6 in brackets. */
    host: p.string().length(255),
    port: p.integer(),
    note: p.string().length(200),
    createdBy: p.uuid().nullable(),
    createdAt: p.datetime(),
  },
})
export class EgressRule extends EgressRuleSchema.class {}
EgressRuleSchema.setClass(EgressRule)
