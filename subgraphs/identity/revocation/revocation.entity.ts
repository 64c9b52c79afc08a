import { defineEntity, p } from '@mikro-orm/core'

/** One line of the revocation list: tokens about `subject` that were issued before it are worthless. */
const RevocationSchema = defineEntity({
  name: 'Revocation',
  tableName: 'revocation',
  indexes: [{ name: 'revocation_expiry', properties: ['expiresAt'] }],
  properties: {
    /** In the order of commits. */
    sequence: p.bigint('bigint').primary().autoincrement(),
    subject: p.string().length(120),
    createdAt: p.datetime().onCreate(() => new Date()),
    /** When the last token that it speaks of has ended by itself. */
    expiresAt: p.datetime(),
  },
})
export class Revocation extends RevocationSchema.class {}
RevocationSchema.setClass(Revocation)
