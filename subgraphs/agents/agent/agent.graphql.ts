import { GraphQLJSON } from 'graphql-scalars'
import { Directive, Field, GraphQLISODateTime, ID, InputType, Int, ObjectType } from 'type-graphql'
import { connectionType } from '#platform/graphql/page'

@ObjectType({ description: 'What an agent does, as published once. It never changes: runs are pinned to it.' })
export class AgentVersion {
  @Field(() => ID)
  id!: string
  @Field(() => Int, { description: '1, 2, 3 … within the agent.' })
  number!: number
  @Field(() => GraphQLJSON)
  definition!: unknown
  @Field(() => [String], { description: 'The scopes that a run may use, as far as its starter has them.' })
  grants!: string[]
  @Field(() => GraphQLISODateTime)
  createdAt!: Date
}

@Directive('@key(fields: "id")')
@ObjectType({ description: 'A thing that can be run.' })
export class Agent {
  @Field(() => ID)
  id!: string
  @Field(() => String)
  name!: string
  @Field(() => String)
  description!: string
  @Field(() => AgentVersion, { nullable: true, description: 'What a run started now would do.' })
  publishedVersion?: AgentVersion | null
  @Field(() => GraphQLISODateTime)
  createdAt!: Date
  @Field(() => GraphQLISODateTime, { nullable: true, description: 'Since then it starts no new run.' })
  archivedAt?: Date | null
}

export const AgentConnection = connectionType(Agent, 'Agent')

@Directive('@key(fields: "id")')
@ObjectType()
export class Connection {
  @Field(() => ID)
  id!: string
}

@InputType()
export class CreateAgentInput {
  @Field(() => String, { description: 'At most 100 characters; no other agent in use has it.' })
  name!: string
  @Field(() => String, { defaultValue: '' })
  description!: string
}

@InputType()
export class PublishAgentVersionInput {
  @Field(() => ID)
  agentId!: string
  @Field(() => GraphQLJSON, {
    description: 'Grants, default input, steps and output. Refused with the path of every fault.',
  })
  definition!: unknown
}

@InputType()
export class ArchiveAgentInput {
  @Field(() => ID)
  agentId!: string
}
