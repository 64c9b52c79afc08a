import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'

/** A credential that acts for a user, or a service account, without them. Of its secret only a hash is kept. */
const ApiKeySchema = defineEntity({
  name: 'ApiKey',
  tableName: 'api_key',
  ...tenantWall,
  indexes: [{ name: 'api_key_user', properties: ['organizationId', 'userId'] }],
  properties: {
    ...tenantKey,
    /** For whom it acts. */
    userId: p.uuid(),
    createdBy: p.uuid(),
    name: p.string().length(100),
    /** The public part of its text. */
    prefix: p.string().length(60),
    /** SHA-256 of the secret part, in hexadecimal. */
    secretHash: p.string().length(64).hidden(),
    /** At most these; what its user and its maker may counts at each use. */
    scopes: p.array().$type<string[]>(),
    rateLimitPerMinute: p.integer(),
    createdAt: p.datetime().onCreate(() => new Date()),
    expiresAt: p.datetime(),
    /** Within a minute or so; from where, too. */
    lastUsedAt: p.datetime().nullable(),
    lastAddress: p.string().length(45).nullable(),
    /** When a refused use was last recorded. */
    refusedAt: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
  },
})
export class ApiKey extends ApiKeySchema.class {}
ApiKeySchema.setClass(ApiKey)
