import { defineEntity, p } from '@mikro-orm/core'

/** The one token with which a person may choose a new password. A newer one takes the place of the last. */
const PasswordResetSchema = defineEntity({
  name: 'PasswordReset',
  tableName: 'password_reset',
  uniques: [{ name: 'password_reset_id', properties: ['id'] }],
  properties: {
    userId: p.uuid().primary(),
    /** Names it in the token. */
    id: p.uuid(),
    tokenHash: p.string().length(64),
    /** The organization whose administrator made it; null when the person asked for it by mail. */
    issuedIn: p.uuid().nullable(),
    /** That administrator. */
    issuedBy: p.uuid().nullable(),
    expiresAt: p.datetime(),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
})
export class PasswordReset extends PasswordResetSchema.class {}
PasswordResetSchema.setClass(PasswordReset)
