import { defineEntity, type PolicyDef, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '../db/tenant.ts'

/** Removes what is over in every organization; it sees no row that is not, and of those only when they ended. */
export const sweepRole = 'forgeops_sweep'

const seesEnded: PolicyDef = { name: `ended_${sweepRole}`, roles: [sweepRole], using: 'expires_at < now()' }

/**
 * That a mutation with an Idempotency-Key was done, committed together with what it did. Its id is a hash of who asked,
 * of the key and of the field: the key itself is nowhere.
 */
const KeptAnswerSchema = defineEntity({
  name: 'KeptAnswer',
  tableName: 'kept_answer',
  ...tenantWall,
  policies: [...tenantWall.policies, seesEnded],
  indexes: [{ name: 'kept_answer_expiry', properties: ['organizationId', 'expiresAt'] }],
  properties: {
    ...tenantKey,
    /** HMAC-SHA256 of the input under the key, in hexadecimal: who reads it cannot try inputs without knowing the key. */
    digest: p.string().length(64),
    /** What `encodeAnswer` made of the mutation's value; null when it is not kept because it held a secret. */
    answer: p.json().nullable(),
    expiresAt: p.datetime(),
  },
})
export class KeptAnswer extends KeptAnswerSchema.class {}
KeptAnswerSchema.setClass(KeptAnswer)
