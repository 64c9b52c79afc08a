import { defineEntity, p } from '@mikro-orm/core'

/** Apart from the user, so that no query of users can ever carry a hash along. */
const PasswordCredentialSchema = defineEntity({
  name: 'PasswordCredential',
  tableName: 'password_credential',
  properties: {
    userId: p.uuid().primary(),
    /** PHC string: algorithm, parameters, salt and hash. */
    hash: p.string().length(200),
    /** When the person chose it. A session that began before is over. */
    changedAt: p.datetime().onCreate(() => new Date()),
    updatedAt: p
      .datetime()
      .onCreate(() => new Date())
      .onUpdate(() => new Date()),
  },
})
export class PasswordCredential extends PasswordCredentialSchema.class {}
PasswordCredentialSchema.setClass(PasswordCredential)
