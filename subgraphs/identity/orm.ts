import type { DatabaseManifest } from '#platform/db/database'
import { Membership } from './membership/membership.entity.ts'
import { CreateIdentity } from './migrations/20261121-create-identity.ts'
import { Organization } from './organization/organization.entity.ts'
import { Session } from './session/session.entity.ts'
import { Invitation } from './user/invitation.entity.ts'
import { PasswordCredential } from './user/password-credential.entity.ts'
import { User } from './user/user.entity.ts'

export const identityDatabase: DatabaseManifest = {
  schema: 'identity',
  entities: [Organization, User, PasswordCredential, Membership, Invitation, Session],
  migrations: [{ name: '20261121-create-identity', class: CreateIdentity }],
}
