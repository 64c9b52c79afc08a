import { GraphQLJSON } from 'graphql-scalars'
import { Directive, Field, GraphQLISODateTime, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { connectionType } from '#platform/graphql/page'
import { AgentEnvironment } from './agent.environment.ts'

registerEnumType(AgentEnvironment, {
  name: 'AgentEnvironment',
  description: 'What an agent works on; it never changes. What is only for inspectors is stricter in production.',
})

@ObjectType({ description: 'What an agent does, as published once. It never changes: runs are pinned to it.' })
export class AgentVersion {
  @Field(() => ID)
  id!: string
  @Field(() => Int, { description: '1, 2, 3 … within the agent.' })
  number!: number
  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'Of an agent in production for holders of `agent:inspect`; of others for all readers.',
  })
  definition!: unknown
  @Field(() => String, {
    description:
      'The SHA-256, in hex, of the definition as canonical JSON: the same for the same content. Publishing what a version of the agent already says makes that one the published one again.',
  })
  hash!: string
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
  @Field(() => AgentEnvironment)
  environment!: AgentEnvironment
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
  @Field(() => AgentEnvironment, {
    defaultValue: AgentEnvironment.PRODUCTION,
    description: 'Chosen once: another environment is another agent.',
  })
  environment?: AgentEnvironment
}

@InputType()
export class PublishAgentVersionInput {
  @Field(() => ID)
  agentId!: string
  @Field(() => GraphQLJSON, {
    description:
      'Grants, default input, steps and output, as docs/AGENTS.md tells. Refused with the path of every fault.',
  })
  definition!: unknown
}

@InputType()
export class ArchiveAgentInput {
  @Field(() => ID)
  agentId!: string
}
