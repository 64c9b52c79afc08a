import { defineEntity, p } from '@mikro-orm/core'

/** A person, or a service account that only API keys act for: global, and visible in an organization only through a membership. */
const UserSchema = defineEntity({
  name: 'User',
  tableName: 'user',
  properties: {
    id: p.uuid().primary(),
    /** Lower case; what a person signs in with. */
    email: p.string().length(320).unique(),
    name: p.string().length(100),
    kind: p.enum(['person', 'service'] as const).default('person'),
    /** Where they are a member, as their memberships say. A sign-in begins in the first; others are reached by switching. */
    organizationIds: p.array().$type<string[]>(),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
})
export class User extends UserSchema.class {}
UserSchema.setClass(User)
