import type { DatabaseManifest } from '#platform/db/database'
import { ApiKey } from './api-key/api-key.entity.ts'
import { AttemptBucket } from './attempt/attempt-bucket.entity.ts'
import { BootstrapToken } from './bootstrap/bootstrap-token.entity.ts'
import { Challenge } from './factor/challenge.entity.ts'
import { Passkey } from './factor/passkey.entity.ts'
import { RecoveryCode } from './factor/recovery-code.entity.ts'
import { Totp } from './factor/totp.entity.ts'
import { Mail } from './mail/mail.entity.ts'
import { Membership } from './membership/membership.entity.ts'
import { CreateIdentity } from './migrations/20261121-create-identity.ts'
import { DeepenIdentity } from './migrations/20261121-deepen-identity.ts'
import { CreateApiKey } from './migrations/20261122-create-api-key.ts'
import { CreateFactors } from './migrations/20261122-create-factors.ts'
import { CreateSigningKey } from './migrations/20261122-create-signing-key.ts'
import { LimitAttempts } from './migrations/20261123-limit-attempts.ts'
import { RecoverPasswords } from './migrations/20261123-recover-passwords.ts'
import { MakeFirstOwner } from './migrations/20261124-make-first-owner.ts'
import { TellResetIssuers } from './migrations/20261124-tell-reset-issuers.ts'
import { RefuseReplays } from './migrations/20261125-refuse-replays.ts'
import { Organization } from './organization/organization.entity.ts'
import { PasswordReset } from './password/password-reset.entity.ts'
import { Revocation } from './revocation/revocation.entity.ts'
import { Role } from './role/role.entity.ts'
import { Session } from './session/session.entity.ts'
import { SigningKey } from './signing-key/signing-key.entity.ts'
import { Invitation } from './user/invitation.entity.ts'
import { PasswordCredential } from './user/password-credential.entity.ts'
import { User } from './user/user.entity.ts'

export const identityDatabase: DatabaseManifest = {
  schema: 'identity',
  entities: [
    Organization,
    User,
    PasswordCredential,
    Membership,
    Invitation,
    Session,
    Role,
    Revocation,
    SigningKey,
    Challenge,
    Totp,
    RecoveryCode,
    Passkey,
    ApiKey,
    AttemptBucket,
    BootstrapToken,
    Mail,
    PasswordReset,
  ],
  migrations: [
    { name: '20261121-create-identity', class: CreateIdentity },
    { name: '20261121-deepen-identity', class: DeepenIdentity },
    { name: '20261122-create-api-key', class: CreateApiKey },
    { name: '20261122-create-factors', class: CreateFactors },
    { name: '20261122-create-signing-key', class: CreateSigningKey },
    { name: '20261123-limit-attempts', class: LimitAttempts },
    { name: '20261123-recover-passwords', class: RecoverPasswords },
    { name: '20261124-make-first-owner', class: MakeFirstOwner },
    { name: '20261124-tell-reset-issuers', class: TellResetIssuers },
    { name: '20261125-refuse-replays', class: RefuseReplays },
  ],
}
