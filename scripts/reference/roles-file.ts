import { systemOrganizationId } from '#platform/caller/caller'
import { scopesOf, systemRoles } from '../../subgraphs/identity/role/system-roles.ts'

const someOrganization = '00000000-0000-7000-8000-000000000001'

/** From the narrowest to the widest. */
export const rolesInOrder = [
  'viewer',
  'operator',
  'auditor',
  'admin',
  'owner',
] as const satisfies (keyof typeof systemRoles)[]

/** What each system role stands for, scopes sorted; what an owner has in the system organization stands apart. */
export const scopesByRole = (): Readonly<Record<string, readonly string[]>> => ({
  ...Object.fromEntries(rolesInOrder.map((role) => [role, scopesOf([role], someOrganization).toSorted()])),
  'owner in the system organization': scopesOf(['owner'], systemOrganizationId).toSorted(),
})

/** `docs/reference/roles.json`: committed, so that git alone can tell what a role stood for. */
export const rolesFile = (): string => `${JSON.stringify(scopesByRole(), undefined, 2)}\n`
