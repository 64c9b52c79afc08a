import { GraphQLJSON } from 'graphql-scalars'
import { Field, ObjectType } from 'type-graphql'
import { ListSize } from '#platform/graphql/demand'

@ObjectType({ description: 'A credential that a connection may hold: written once, never returned.' })
export class ConnectorSecret {
  @Field(() => String)
  field!: string
  @Field(() => String)
  description!: string
}

@ObjectType({ description: 'Something that a step can have a connection do.' })
export class ConnectorAction {
  @Field(() => String)
  key!: string
  @Field(() => String)
  description!: string
  @Field(() => GraphQLJSON, { description: 'JSON Schema of what the action takes.' })
  inputSchema!: unknown
}

@ObjectType({ description: 'A kind of service that agents can use through connections.' })
export class Connector {
  @Field(() => String)
  key!: string
  @Field(() => String)
  title!: string
  @Field(() => String)
  description!: string
  @Field(() => GraphQLJSON, { description: 'JSON Schema of a connection’s `config`.' })
  configSchema!: unknown
  @ListSize(3)
  @Field(() => [ConnectorSecret])
  secrets!: ConnectorSecret[]
  @ListSize(5)
  @Field(() => [ConnectorAction])
  actions!: ConnectorAction[]
}
