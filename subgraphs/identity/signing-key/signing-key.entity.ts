import { defineEntity, p } from '@mikro-orm/core'
import type { PublicJwk } from './new-signing-key.ts'
import type { SigningKeyState } from './signing-key.status.ts'

/** A key pair of the house. The private half lies here sealed, and only as long as it may sign. */
const SigningKeySchema = defineEntity({
  name: 'SigningKey',
  tableName: 'signing_key',
  uniques: [{ name: 'signing_key_one_of_each', properties: ['state'], where: "state in ('next', 'active')" }],
  checks: [{ name: 'signing_key_retired_is_public', expression: "state <> 'retired' or private_sealed is null" }],
  properties: {
    /** The public key's thumbprint (RFC 7638), so that no two keys ever share a name. */
    kid: p.string().length(43).primary(),
    state: p.string().length(10).$type<SigningKeyState>(),
    publicJwk: p.json<PublicJwk>(),
    /** The public key once more, sealed: only who holds the secrets key can have a key published. */
    publicProof: p.text(),
    privateSealed: p.text().nullable(),
    /** Since when it is published. */
    createdAt: p.datetime(),
    activatedAt: p.datetime().nullable(),
    retiredAt: p.datetime().nullable(),
  },
})
export class SigningKey extends SigningKeySchema.class {}
SigningKeySchema.setClass(SigningKey)
