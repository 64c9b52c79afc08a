import { defineEntity, p } from '@mikro-orm/core'
import { organizationSetting } from '#platform/db/tenant'

const own = `id = nullif(current_setting('${organizationSetting}', true), '')::uuid`

/** The tenant itself: its row is visible only while working in it. */
const OrganizationSchema = defineEntity({
  name: 'Organization',
  tableName: 'organization',
  rowLevelSecurity: 'force',
  policies: [{ name: 'tenant', using: own, check: own }],
  properties: {
    id: p.uuid().primary(),
    name: p.string().length(100),
    /** Whose sign-in needs a second factor here; null leaves it to the platform's default. */
    mfaRequiredRoles: p.array().$type<string[]>().nullable(),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
})
export class Organization extends OrganizationSchema.class {}
OrganizationSchema.setClass(Organization)
