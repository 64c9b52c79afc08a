import { type PolicyDef, p } from '@mikro-orm/core'

/** The transaction-local setting that names the tenant. Missing means no row at all, never every row. */
export const organizationSetting = 'app.organization_id'
const currentOrganization = `nullif(current_setting('${organizationSetting}', true), '')::uuid`

/** Leads the primary key and with it every index of a tenant table, so that no key of ours can cross organizations. */
export const tenantKey = { organizationId: p.uuid().primary(), id: p.uuid().primary() }

/** The second and third wall of a tenant table: the ORM's filter and PostgreSQL's policy, also against the owner. */
export const tenantWall = {
  rowLevelSecurity: 'force',
  policies: [
    {
      name: 'tenant',
      using: `organization_id = ${currentOrganization}`,
      check: `organization_id = ${currentOrganization}`,
    },
  ],
  filters: {
    tenant: {
      name: 'tenant',
      cond: (args: { organizationId: string }) => ({ organizationId: args.organizationId }),
      default: true,
    },
  },
} as const satisfies { rowLevelSecurity: 'force'; policies: PolicyDef[]; filters: object }

/** Lets one of our special database roles (relay, sweep) see rows of every tenant; its grants limit the columns. */
export const acrossTenants = (role: string): PolicyDef => ({
  name: `across_tenants_${role}`,
  roles: [role],
  using: 'true',
  check: 'true',
})
