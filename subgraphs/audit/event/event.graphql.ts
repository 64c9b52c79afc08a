import { GraphQLJSON, GraphQLSafeInt } from 'graphql-scalars'
import { Field, GraphQLISODateTime, ID, InputType, ObjectType, registerEnumType } from 'type-graphql'
import { connectionType } from '#platform/graphql/page'

export enum AuditOutcome {
  SUCCEEDED = 'succeeded',
  REFUSED = 'refused',
}
registerEnumType(AuditOutcome, {
  name: 'AuditOutcome',
  valuesConfig: { REFUSED: { description: 'It was tried, and not allowed or not possible.' } },
})

@ObjectType({ description: 'A thing that an event touched, by the name that it had then.' })
export class AuditTarget {
  @Field(() => String, { description: 'A noun, e.g. `agent`.' })
  type!: string
  @Field(() => ID)
  id!: string
  @Field(() => String, { nullable: true })
  name!: string | null
}

@ObjectType({ description: 'The request in which an event happened.' })
export class AuditContext {
  @Field(() => String)
  requestId!: string
  @Field(() => String)
  traceId!: string
  @Field(() => String, { nullable: true, description: 'The client’s address; null for the platform’s own work.' })
  address!: string | null
  @Field(() => String, { nullable: true, description: 'What the client said it was. Anybody can say anything.' })
  userAgent!: string | null
  @Field(() => GraphQLJSON, { description: 'Further facts, by action. Never a secret.' })
  detail!: Record<string, unknown>
}

@ObjectType({ description: 'Who did what to which, and how it ended.' })
export class AuditEvent {
  @Field(() => ID)
  id!: string
  @Field(() => GraphQLSafeInt, {
    description: 'The event’s place in its organization’s trail: from 1, without gaps, in commit order.',
  })
  seq!: number
  @Field(() => GraphQLISODateTime)
  occurredAt!: Date
  @Field(() => String, { description: '`noun.happened`, e.g. `session.refused`.' })
  action!: string
  @Field(() => AuditOutcome)
  outcome!: AuditOutcome
  @Field(() => AuditContext)
  context!: AuditContext
}

export const AuditEventConnection = connectionType(AuditEvent, 'AuditEvent')

@InputType({ description: 'Conditions that an event meets all of.' })
export class AuditEventFilter {
  @Field(() => [String], {
    nullable: true,
    description: 'Any of these actions: `agent.created`, or `agent.*` for all that happens to agents.',
  })
  actions?: string[] | null
  @Field(() => ID, { nullable: true, description: 'A user, an agent or an API key.' })
  actorId?: string | null
  @Field(() => ID, { nullable: true, description: 'A thing that the event touched.' })
  targetId?: string | null
  @Field(() => AuditOutcome, { nullable: true })
  outcome?: AuditOutcome | null
  @Field(() => GraphQLISODateTime, { nullable: true, description: 'At this moment or later.' })
  occurredAfter?: Date | null
  @Field(() => GraphQLISODateTime, { nullable: true, description: 'Before this moment.' })
  occurredBefore?: Date | null
}
