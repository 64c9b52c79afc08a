import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'

/** A user's place in an organization, and what they are there. */
const MembershipSchema = defineEntity({
  name: 'Membership',
  tableName: 'membership',
  ...tenantWall,
  uniques: [{ name: 'membership_user', properties: ['organizationId', 'userId'] }],
  properties: {
    ...tenantKey,
    userId: p.uuid(),
    roles: p.array().$type<string[]>(),
    /** Set: the member cannot sign in here, and nothing acts for them here. */
    deactivatedAt: p.datetime().nullable(),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
})
export class Membership extends MembershipSchema.class {}
MembershipSchema.setClass(Membership)
