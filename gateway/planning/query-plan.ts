/**
 * What the planner hands to whoever executes: the part of Apollo's query plans that is executed here. The one seam between
 * the two.
 */
export interface QueryPlan {
  readonly node?: PlanNode | SubscriptionNode | undefined
}

export type PlanNode = SequenceNode | ParallelNode | FlattenNode | ConditionNode | FetchNode

export interface SequenceNode {
  readonly kind: 'Sequence'
  readonly nodes: readonly PlanNode[]
}

export interface ParallelNode {
  readonly kind: 'Parallel'
  readonly nodes: readonly PlanNode[]
}

export interface FlattenNode {
  readonly kind: 'Flatten'
  /** From where the node stands: keys, and `@` for each item of a list. */
  readonly path: readonly string[]
  readonly node: PlanNode
}

export interface ConditionNode {
  readonly kind: 'Condition'
  /** The name of a variable. */
  readonly condition: string
  readonly ifClause?: PlanNode
  readonly elseClause?: PlanNode
}

export interface SubscriptionNode {
  readonly kind: 'Subscription'
  readonly primary: FetchNode
  readonly rest?: PlanNode
}

export interface FetchNode {
  readonly kind: 'Fetch'
  readonly serviceName: string
  readonly operation: string
  readonly operationName?: string
  readonly operationKind: 'query' | 'mutation' | 'subscription'
  readonly variableUsages?: readonly string[]
  /** What the representation of an entity is made of; absent where a fetch begins at the root. */
  readonly requires?: readonly RequiredSelection[]
  readonly inputRewrites?: readonly Rewrite[]
  readonly outputRewrites?: readonly Rewrite[]
}

export type RequiredSelection = RequiredField | RequiredFragment

export interface RequiredField {
  readonly kind: 'Field'
  readonly alias?: string
  readonly name: string
  readonly selections?: readonly RequiredSelection[]
}

export interface RequiredFragment {
  readonly kind: 'InlineFragment'
  readonly typeCondition?: string
  readonly selections: readonly RequiredSelection[]
}

/** A change of data on its way to or from a subgraph. Path elements are keys, or `... on Type`. */
export type Rewrite =
  | { readonly kind: 'ValueSetter'; readonly path: readonly string[]; readonly setValueTo: unknown }
  | { readonly kind: 'KeyRenamer'; readonly path: readonly string[]; readonly renameKeyTo: string }
