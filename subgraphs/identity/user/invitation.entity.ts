import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'

/** A place in an organization waiting for one person. Only the hash of its token is kept. */
const InvitationSchema = defineEntity({
  name: 'Invitation',
  tableName: 'invitation',
  ...tenantWall,
  properties: {
    ...tenantKey,
    email: p.string().length(320),
    roles: p.array().$type<string[]>(),
    tokenHash: p.string().length(64),
    invitedBy: p.uuid(),
    expiresAt: p.datetime(),
    acceptedAt: p.datetime().nullable(),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
})
export class Invitation extends InvitationSchema.class {}
InvitationSchema.setClass(Invitation)
