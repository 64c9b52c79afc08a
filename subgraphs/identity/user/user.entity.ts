import { defineEntity, p } from '@mikro-orm/core'

/** A person: global, and visible in an organization only through a membership. */
const UserSchema = defineEntity({
  name: 'User',
  tableName: 'user',
  properties: {
    id: p.uuid().primary(),
    /** Lower case; what a person signs in with. */
    email: p.string().length(320).unique(),
    name: p.string().length(100),
    /** Where a sign-in begins; other organizations are reached by switching. */
    homeOrganizationId: p.uuid(),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
})
export class User extends UserSchema.class {}
UserSchema.setClass(User)
