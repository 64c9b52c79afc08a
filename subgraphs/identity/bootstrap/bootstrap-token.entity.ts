import { defineEntity, p } from '@mikro-orm/core'

/** The one token that makes the first owner. A newer one takes its place; once it is used there is never another. */
const BootstrapTokenSchema = defineEntity({
  name: 'BootstrapToken',
  tableName: 'bootstrap_token',
  properties: {
    purpose: p.enum(['first-owner'] as const).primary(),
    /** SHA-256 in hexadecimal of 256 random bits. */
    tokenHash: p.string().length(64),
    createdAt: p.datetime().onCreate(() => new Date()),
    expiresAt: p.datetime(),
    usedAt: p.datetime().nullable(),
  },
})
export class BootstrapToken extends BootstrapTokenSchema.class {}
BootstrapTokenSchema.setClass(BootstrapToken)
