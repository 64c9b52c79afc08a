import { defineEntity, p } from '@mikro-orm/core'

/** The nonce of a signed request that may change something: whoever brings it again is refused, at whatever process. */
const UsedNonceSchema = defineEntity({
  name: 'UsedNonce',
  tableName: 'used_nonce',
  indexes: [{ name: 'used_nonce_expiry', properties: ['expiresAt'] }],
  properties: {
    nonce: p.string().length(64).primary(),
    /** Of the signature: from then on its time alone refuses it. */
    expiresAt: p.datetime(),
  },
})
export class UsedNonce extends UsedNonceSchema.class {}
UsedNonceSchema.setClass(UsedNonce)
