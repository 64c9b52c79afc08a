import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'

/** One signed-in client of one user in one organization. Its refresh token is replaced at each use. */
const SessionSchema = defineEntity({
  name: 'Session',
  tableName: 'session',
  ...tenantWall,
  indexes: [{ name: 'session_user', properties: ['organizationId', 'userId'] }],
  properties: {
    ...tenantKey,
    userId: p.uuid(),
    /** Of the one refresh token that is good now. */
    refreshHash: p.string().length(64),
    address: p.string().length(45).nullable(),
    createdAt: p.datetime().onCreate(() => new Date()),
    refreshedAt: p.datetime(),
    expiresAt: p.datetime(),
    endedAt: p.datetime().nullable(),
  },
})
export class Session extends SessionSchema.class {}
SessionSchema.setClass(Session)
