import { GraphQLJSON } from 'graphql-scalars'
import { Field, GraphQLISODateTime, ID, InputType, ObjectType } from 'type-graphql'

@ObjectType({ description: 'Something that happened, told to the runs that wait for it.' })
export class SentEvent {
  @Field(() => ID)
  id!: string
  @Field(() => String)
  name!: string
  @Field(() => String, { nullable: true })
  key?: string | null
  @Field(() => GraphQLISODateTime)
  sentAt!: Date
  @Field(() => GraphQLISODateTime, { description: 'Until then a wait that begins later takes it too.' })
  expiresAt!: Date
}

@InputType()
export class SendEventInput {
  @Field(() => String, { description: 'What the waiting steps call it; at most 100 characters.' })
  name!: string
  @Field(() => String, {
    nullable: true,
    description:
      'Which of several, e.g. an order’s number: only waits for the same key take it. At most 400 characters.',
  })
  key?: string | null
  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'What the waiting steps give as their output, at most 64 KB.',
  })
  data?: unknown
  @Field(() => String, {
    nullable: true,
    description: 'Sending again with the key of an earlier event answers with that one, and delivers nothing twice.',
  })
  idempotencyKey?: string | null
}
