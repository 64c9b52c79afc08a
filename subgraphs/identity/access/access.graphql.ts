import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql'
import { ListSize } from '#platform/graphql/demand'

export enum AccessDecision {
  ALLOWED = 'ALLOWED',
  DENIED = 'DENIED',
  DEPENDS_ON_ROW = 'DEPENDS_ON_ROW',
}
registerEnumType(AccessDecision, {
  name: 'AccessDecision',
  valuesConfig: {
    DENIED: { description: 'Answered as null, with an error at its path.' },
    DEPENDS_ON_ROW: { description: 'For some objects only, such as one’s own; or the object’s type decides.' },
  },
})

export enum AccessVerdict {
  ALLOWED = 'ALLOWED',
  DEPENDS_ON_ROW = 'DEPENDS_ON_ROW',
  PARTIAL = 'PARTIAL',
  REFUSED = 'REFUSED',
}
registerEnumType(AccessVerdict, {
  name: 'AccessVerdict',
  description: 'What becomes of an operation as a whole.',
  valuesConfig: {
    DEPENDS_ON_ROW: { description: 'Nothing is denied outright.' },
    PARTIAL: { description: 'Executed without the fields that are denied.' },
    REFUSED: { description: 'Not executed at all: a mutation with a denied field at its root.' },
  },
})

@ObjectType({ description: 'What is decided about one selected field, and by which rule.' })
export class FieldAccess {
  @Field(() => [String], { description: 'Where it stands in the answer, without places within lists.' })
  path!: readonly string[]
  @Field(() => String, { description: '`Type.field`, the type being the one that it is selected on.' })
  coordinate!: string
  @Field(() => AccessDecision)
  decision!: AccessDecision
  @Field(() => String, { description: 'The rule that decided. Below a denied field it is that field’s.' })
  rule!: string
  @Field(() => String, { description: 'The schema coordinate at which the rule stands.' })
  ruleAt!: string
  @Field(() => [String], {
    description:
      'With these scopes beside those held it would be allowed, whatever the row. Empty when it is, or when no scope can do that.',
  })
  missingScopes!: readonly string[]
  @Field(() => Boolean, { description: 'Whether it also takes a proof of who one is, at most five minutes old.' })
  needsStepUp!: boolean
}

@ObjectType({ description: 'What would be decided about an operation and each field of it.' })
export class AccessExplanation {
  @Field(() => AccessVerdict)
  verdict!: AccessVerdict
  @Field(() => [String], { description: 'The scopes that it was decided with.' })
  scopes!: readonly string[]
  @ListSize(100)
  @Field(() => [FieldAccess], {
    description:
      'In the order of the operation. What @skip or @include may leave out counts as selected; introspection is left out.',
  })
  fields!: readonly FieldAccess[]
}

@InputType()
export class ExplainAccessInput {
  @Field(() => String, { description: 'A GraphQL document. It is not executed.' })
  operation!: string
  @Field(() => String, { nullable: true, description: 'Which of its operations; needed when there are several.' })
  operationName?: string | null
  @Field(() => String, {
    nullable: true,
    description: 'Decide for a member with this role of the organization, for holders of `ops:read`; else for oneself.',
  })
  role?: string | null
  @Field(() => [String], {
    nullable: true,
    description: 'Decide with no more than these scopes, as an agent’s grants or an API key leave them.',
  })
  scopes?: readonly string[] | null
}
