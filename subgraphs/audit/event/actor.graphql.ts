import { createUnionType, Directive, Field, ID, ObjectType } from 'type-graphql'

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType()
export class User {
  @Field(() => ID)
  id!: string
}

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType()
export class ApiKey {
  @Field(() => ID)
  id!: string
}

@Directive('@key(fields: "id")')
@ObjectType()
export class Agent {
  @Field(() => ID)
  id!: string
}

@ObjectType({ description: 'The platform itself, e.g. a schedule or an operator’s tool.' })
export class SystemActor {
  @Field(() => String)
  name!: string
}

@ObjectType({ description: 'Somebody who was not signed in.' })
export class AnonymousActor {
  @Field(() => String, { nullable: true })
  address!: string | null
}

/** An actor that knows which member of the union it is. */
export type AuditActorValue =
  | { readonly kind: 'User' | 'ApiKey' | 'Agent'; readonly id: string }
  | { readonly kind: 'SystemActor'; readonly name: string }
  | { readonly kind: 'AnonymousActor'; readonly address: string | null }

export const AuditActor = createUnionType({
  name: 'AuditActor',
  description: 'Who did it. An agent, and an API key, act for a user: see `AuditEvent.onBehalfOf`.',
  types: () => [User, ApiKey, Agent, SystemActor, AnonymousActor] as const,
  resolveType: (actor) => (actor as unknown as AuditActorValue).kind,
})
