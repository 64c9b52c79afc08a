import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'

/** A place in an organization waiting for one person. Only the hash of its token is kept. */
const InvitationSchema = defineEntity({
  name: 'Invitation',
  tableName: 'invitation',
  ...tenantWall,
  indexes: [{ name: 'invitation_email', properties: ['organizationId', 'email'] }],
  properties: {
    ...tenantKey,
    email: p.string().length(320),
    roles: p.array().$type<string[]>(),
    tokenHash: p.string().length(64).hidden(),
    invitedBy: p.uuid(),
    expiresAt: p.datetime(),
    acceptedAt: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
    /** How often somebody gave the token with a password that was not the account’s. */
    refusals: p.integer().default(0),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
})
export class Invitation extends InvitationSchema.class {}
InvitationSchema.setClass(Invitation)
