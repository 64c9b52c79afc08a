import { defineEntity, p } from '@mikro-orm/core'

/** One person's authenticator application: the secret in use, and one that waits for its first code. */
const TotpSchema = defineEntity({
  name: 'Totp',
  tableName: 'totp',
  properties: {
    userId: p.uuid().primary(),
    /** Sealed, as both are; null until the first code has been given. */
    secret: p.string().length(200).nullable(),
    pendingSecret: p.string().length(200).nullable(),
    /** The 30-second step of the last code taken: neither it nor an earlier one is taken again. */
    lastStep: p.bigint('number').default(0),
    confirmedAt: p.datetime().nullable(),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
})
export class Totp extends TotpSchema.class {}
TotpSchema.setClass(Totp)
