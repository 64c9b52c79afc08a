import { defineEntity, p } from '@mikro-orm/core'
import type { BucketState } from './attempt.rules.ts'

/**
 * How often something was tried lately. The key is a keyed hash, so that no row tells an account or an address to who
 * does not know identity's key.
 */
const AttemptBucketSchema = defineEntity({
  name: 'AttemptBucket',
  tableName: 'attempt_bucket',
  indexes: [{ name: 'attempt_bucket_expiry', properties: ['expiresAt'] }],
  properties: {
    key: p.string().length(64).primary(),
    state: p.json().$type<BucketState>(),
    /** From then on the row says nothing. */
    expiresAt: p.datetime(),
  },
})
export class AttemptBucket extends AttemptBucketSchema.class {}
AttemptBucketSchema.setClass(AttemptBucket)
