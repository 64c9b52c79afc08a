import { defineSubgraph } from '#platform/subgraph/define'
import type { IdentityConfig } from './config.ts'
import { type IdentityCtx, type IdentityParts, openIdentityParts } from './identity.context.ts'
import { loadMember } from './membership/membership.queries.ts'
import { organizationPermissions } from './organization/organization.permissions.ts'
import { ViewerResolver } from './organization/viewer.resolver.ts'
import { identityDatabase } from './orm.ts'
import { registerRevocations } from './revocation/revocation.route.ts'
import { rolePermissions } from './role/role.permissions.ts'
import { RoleResolver } from './role/role.resolver.ts'
import { registerRunTokens } from './run-token/run-token.route.ts'
import { registerJwks } from './session/jwks.route.ts'
import { sessionPermissions } from './session/session.permissions.ts'
import { SessionResolver } from './session/session.resolver.ts'
import { userPermissions } from './user/user.permissions.ts'
import { UserResolver } from './user/user.resolver.ts'

export const identity = defineSubgraph<IdentityConfig, IdentityParts>({
  name: 'identity',
  database: identityDatabase,
  resolvers: [UserResolver, SessionResolver, RoleResolver, ViewerResolver],
  references: { User: (reference: { id: string }, ctx: IdentityCtx) => loadMember(ctx, reference.id) },
  permissions: [userPermissions, sessionPermissions, rolePermissions, organizationPermissions],
  open: openIdentityParts,
  routes: (app, services) => {
    registerJwks(app, services.parts.signer)
    registerRunTokens(app, services)
    registerRevocations(app, services)
  },
})
