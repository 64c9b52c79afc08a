import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'

/** A role that an organization made for itself, beside the system's. */
const RoleSchema = defineEntity({
  name: 'Role',
  tableName: 'role',
  ...tenantWall,
  uniques: [{ name: 'role_name', properties: ['organizationId', 'name'] }],
  properties: {
    ...tenantKey,
    name: p.string().length(50),
    description: p.string().length(300),
    scopes: p.array().$type<string[]>(),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
})
export class Role extends RoleSchema.class {}
RoleSchema.setClass(Role)
