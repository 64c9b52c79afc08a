import { defineSubgraph } from '#platform/subgraph/define'
import { accessPermissions } from './access/access.permissions.ts'
import { AccessResolver } from './access/access.resolver.ts'
import { apiKeyPermissions } from './api-key/api-key.permissions.ts'
import { nameApiKey } from './api-key/api-key.queries.ts'
import { ApiKeyResolver } from './api-key/api-key.resolver.ts'
import { registerApiKeys } from './api-key/api-key.route.ts'
import { bootstrapPermissions } from './bootstrap/bootstrap.permissions.ts'
import { BootstrapResolver } from './bootstrap/bootstrap.resolver.ts'
import type { IdentityConfig } from './config.ts'
import { factorPermissions } from './factor/factor.permissions.ts'
import { FactorResolver } from './factor/factor.resolver.ts'
import { ProofResolver } from './factor/proof.resolver.ts'
import { type IdentityCtx, type IdentityParts, openIdentityParts, systemCtx } from './identity.context.ts'
import { openMail } from './mail/open-mail.ts'
import { organizationPermissions } from './organization/organization.permissions.ts'
import { OrganizationResolver } from './organization/organization.resolver.ts'
import { ViewerResolver } from './organization/viewer.resolver.ts'
import { identityDatabase } from './orm.ts'
import { passwordPermissions } from './password/password.permissions.ts'
import { PasswordResolver } from './password/password.resolver.ts'
import { registerRevocations } from './revocation/revocation.route.ts'
import { registerCurrentScopes } from './role/current-scopes.route.ts'
import { rolePermissions } from './role/role.permissions.ts'
import { RoleResolver } from './role/role.resolver.ts'
import { registerRunTokens } from './run-token/run-token.route.ts'
import { serviceAccountPermissions } from './service-account/service-account.permissions.ts'
import { ServiceAccountResolver } from './service-account/service-account.resolver.ts'
import { sessionPermissions } from './session/session.permissions.ts'
import { SessionResolver } from './session/session.resolver.ts'
import { registerJwks } from './signing-key/jwks.route.ts'
import { startRotation } from './signing-key/rotation-schedule.ts'
import { loadNamedUser } from './user/former-member.ts'
import { InvitationResolver } from './user/invitation.resolver.ts'
import { userPermissions } from './user/user.permissions.ts'
import { UserResolver } from './user/user.resolver.ts'

export const identity = defineSubgraph<IdentityConfig, IdentityParts>({
  name: 'identity',
  database: identityDatabase,
  resolvers: [
    BootstrapResolver,
    UserResolver,
    InvitationResolver,
    PasswordResolver,
    SessionResolver,
    FactorResolver,
    ProofResolver,
    RoleResolver,
    OrganizationResolver,
    ViewerResolver,
    AccessResolver,
    ApiKeyResolver,
    ServiceAccountResolver,
  ],
  references: {
    User: (reference: { id: string }, ctx: IdentityCtx) => loadNamedUser(ctx, reference.id),
    ApiKey: (reference: { id: string }, ctx: IdentityCtx) => nameApiKey(ctx, reference.id),
  },
  permissions: [
    bootstrapPermissions,
    userPermissions,
    passwordPermissions,
    sessionPermissions,
    factorPermissions,
    rolePermissions,
    organizationPermissions,
    accessPermissions,
    apiKeyPermissions,
    serviceAccountPermissions,
  ],
  open: async (config, runtime, db) => {
    const parts = openIdentityParts(config, db, runtime.log)
    runtime.onClose('signing keys', () => parts.keys.close())
    await parts.keys.start()
    runtime.health.add(() => (parts.keys.published === undefined ? 'the signing keys are not read yet' : undefined))
    const rotation = startRotation(() => systemCtx(db, runtime.log, parts), config.signingKeyDays)
    runtime.onClose('key rotation', () => rotation.close())
    openMail(config, runtime, () => systemCtx(db, runtime.log, parts))
    return parts
  },
  routes: (app, services) => {
    registerJwks(app, services.parts.keys)
    registerRunTokens(app, services)
    registerCurrentScopes(app, services)
    registerRevocations(app, services)
    registerApiKeys(app, services)
  },
})
