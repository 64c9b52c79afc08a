import {
  type GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type VariableNode,
  visit,
} from 'graphql'
import type { PlanNode, QueryPlan, SubscriptionNode } from '../planning/query-plan.ts'
import { ObjectShape, ShapeScope } from './answer/answer-shape.ts'
import { completeAnswer } from './answer/complete-answer.ts'
import { fragmentsOf } from './fragments-of.ts'
import { introspect, introspectionIn } from './introspection.ts'
import type { Answer, Operation, Variables } from './operation.ts'
import { executePlan, type PlanScope } from './plan/execute-plan.ts'
import type { Data } from './plan/own.ts'
import type { PlannedAliases } from './planned-aliases.ts'
import type { EdgeContext } from './request-context.ts'

/** How many ways of deciding `@skip` and `@include` one operation is kept ready for. */
const shapesMax = 16

type Compilable = Pick<Operation, 'document' | 'definition'> & { readonly aliases: PlannedAliases }

/** An operation with everything about it that is the same each time it is executed. */
export class CompiledOperation {
  readonly plan: QueryPlan
  readonly #schema: GraphQLSchema
  readonly #scope: PlanScope
  readonly #operation: Compilable
  readonly #root: GraphQLObjectType
  readonly #conditions: readonly string[]
  readonly #introspection: ReturnType<typeof introspectionIn>
  readonly #shapes = new Map<string, ObjectShape>()

  constructor(operation: Compilable, plan: QueryPlan, schema: GraphQLSchema, scope: PlanScope) {
    const root = schema.getRootType(operation.definition.operation)
    if (root == null) throw new Error(`The schema has no ${operation.definition.operation} operations.`)
    this.plan = plan
    this.#schema = schema
    this.#scope = scope
    this.#operation = operation
    this.#root = root
    this.#conditions = conditionsOf(operation)
    this.#introspection = introspectionIn(operation.document, operation.definition)
  }

  /** Executes a query or a mutation. */
  async execute(operation: Operation, context: EdgeContext): Promise<Answer> {
    const { node } = this.plan
    if (node?.kind === 'Subscription') throw new Error('A subscription is opened, not executed.')
    return this.#answer(node, Object.create(null), operation, context)
  }

  /** The fetch that a subscription's events come from. */
  get subscription(): SubscriptionNode {
    const { node } = this.plan
    if (node?.kind !== 'Subscription') throw new Error('Only a subscription has events.')
    return node
  }

  /** @param event what the subgraph said of one event; changed */
  async answerTo(event: Data, operation: Operation, context: EdgeContext): Promise<Answer> {
    return this.#answer(this.subscription.rest, event, operation, context)
  }

  async #answer(node: PlanNode | undefined, merged: Data, operation: Operation, context: EdgeContext): Promise<Answer> {
    const { variables, coerced } = operation
    const failed =
      node === undefined ? [] : (await executePlan(node, merged, this.#scope, { variables, coerced, context })).list
    const { data, errors: faults } = completeAnswer(merged, this.#root, this.#shapeFor(coerced))
    // Where a subgraph has said what is wrong, the nulls that follow from it are no further news.
    const errors = failed.length > 0 ? this.#operation.aliases.placed(failed) : faults
    const whole = this.#withSchema(data, errors, variables)
    return whole.errors.length === 0 ? { data: whole.data } : whole
  }

  #withSchema(data: Data | null, errors: readonly GraphQLError[], variables: Variables) {
    if (this.#introspection === null || data === null) return { data, errors }
    const own = introspect(this.#schema, this.#introspection, variables)
    return { data: { ...own.data, ...data }, errors: [...errors, ...own.errors] }
  }

  #shapeFor(coerced: Variables): ObjectShape {
    const key = this.#conditions.map((name) => (coerced[name] === true ? 1 : 0)).join('')
    const known = this.#shapes.get(key)
    if (known !== undefined) return known
    const { document, definition, aliases } = this.#operation
    const scope = new ShapeScope(this.#schema, fragmentsOf(document), coerced, aliases)
    const shape = new ObjectShape(scope, this.#root, [definition.selectionSet])
    if (this.#shapes.size < shapesMax) this.#shapes.set(key, shape)
    return shape
  }
}

/** The variables that `@skip` and `@include` depend on, anywhere in the document. */
function conditionsOf({ document, definition }: Pick<Operation, 'document' | 'definition'>): readonly string[] {
  const names = new Set<string>()
  const { variableDefinitions = [] } = definition as OperationDefinitionNode
  if (variableDefinitions.length === 0) return []
  visit(document, {
    Directive: ({ name, arguments: given = [] }) => {
      if (name.value !== 'skip' && name.value !== 'include') return
      for (const { value } of given) if (value.kind === Kind.VARIABLE) names.add((value as VariableNode).name.value)
    },
  })
  return [...names]
}
