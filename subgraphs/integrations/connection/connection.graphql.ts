import { GraphQLJSON } from 'graphql-scalars'
import { Directive, Field, GraphQLISODateTime, ID, InputType, ObjectType, registerEnumType } from 'type-graphql'
import { connectionType } from '#platform/graphql/page'
import { ConnectionStatus } from './connection.status.ts'

registerEnumType(ConnectionStatus, {
  name: 'ConnectionStatus',
  valuesConfig: {
    ACTIVE: { description: 'Has what it needs, and its last test, if any, succeeded.' },
    INACTIVE: { description: 'Lacks something that its calls need.' },
    DEGRADED: { description: 'Its last test failed.' },
    NEEDS_REAUTH: { description: 'The service refused its credentials at the last test.' },
    UNDECRYPTABLE: { description: 'Its secrets do not open under the key of this installation.' },
  },
})

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType()
export class User {
  @Field(() => ID)
  id!: string
}

@Directive('@key(fields: "id")')
@ObjectType({
  description: 'One account at one service that the organization’s agents may use. No field returns a secret.',
})
export class Connection {
  @Field(() => ID)
  id!: string
  @Field(() => String)
  name!: string
  @Field(() => GraphQLJSON)
  config!: unknown
  @Field(() => GraphQLISODateTime)
  createdAt!: Date
  @Field(() => GraphQLISODateTime, { nullable: true, description: 'When a test last called the service.' })
  lastTestedAt!: Date | null
}

export const ConnectionConnection = connectionType(Connection, 'Connection')

@InputType()
export class ConnectionSecretInput {
  @Field(() => String)
  field!: string
  @Field(() => String, { description: 'Stored sealed; nothing ever returns it.' })
  value!: string
}

@InputType()
export class CreateConnectionInput {
  @Field(() => String, { description: 'The key of a connector.' })
  connector!: string
  @Field(() => String, { description: 'At most 100 characters, unique in the organization.' })
  name!: string
  // No default: graphql-js cannot print an object as one, and every introspection would fail.
  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'As the connector’s `configSchema` has it; empty when left out.',
  })
  config?: unknown
  @Field(() => [ConnectionSecretInput], { defaultValue: [] })
  secrets!: ConnectionSecretInput[]
}

@InputType()
export class TestConnectionInput {
  @Field(() => ID)
  connectionId!: string
}

@InputType()
export class DeleteConnectionInput {
  @Field(() => ID)
  connectionId!: string
}
