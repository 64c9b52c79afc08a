import { defineEntity, p } from '@mikro-orm/core'

/** A WebAuthn credential of one person (Web Authentication Level 3, §4 "Credential Record"). */
const PasskeySchema = defineEntity({
  name: 'Passkey',
  tableName: 'passkey',
  indexes: [{ name: 'passkey_user', properties: ['userId'] }],
  properties: {
    id: p.uuid().primary(),
    userId: p.uuid(),
    name: p.string().length(100),
    /** Chosen by the authenticator, base64url; at most 1023 bytes. */
    credentialId: p.string().length(1400).unique(),
    /** COSE, base64url. */
    publicKey: p.text(),
    /** What the authenticator last counted; 0 forever when it does not count. */
    counter: p.bigint('number'),
    transports: p.array().$type<string[]>(),
    /** Whether the key may leave the device, and whether it has: synced by its provider. */
    backupEligible: p.boolean(),
    backedUp: p.boolean(),
    createdAt: p.datetime().onCreate(() => new Date()),
    lastUsedAt: p.datetime().nullable(),
  },
})
export class Passkey extends PasskeySchema.class {}
PasskeySchema.setClass(Passkey)
