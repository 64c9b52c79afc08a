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
    refreshHash: p.string().length(64).hidden(),
    /** Of the token that was traded for it. */
    spentHash: p.string().length(64).nullable().hidden(),
    /** The client that was here last. */
    address: p.string().length(45).nullable(),
    userAgent: p.string().length(200).nullable(),
    /** When the user last proved who they are, and how (RFC 8176). */
    authenticatedAt: p.datetime(),
    methods: p.array().$type<string[]>(),
    /** Wrong proofs since the last right one, and what a passkey has to sign to renew it. */
    wrongProofs: p.integer().default(0),
    passkeyChallenge: p.string().length(100).nullable().hidden(),
    createdAt: p.datetime().onCreate(() => new Date()),
    refreshedAt: p.datetime(),
    expiresAt: p.datetime(),
    endedAt: p.datetime().nullable(),
  },
})
export class Session extends SessionSchema.class {}
SessionSchema.setClass(Session)
