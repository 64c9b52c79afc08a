import { parse, print } from 'graphql'
import type { FetchNode, PlanNode, RequiredSelection, SubscriptionNode } from '../../planning/query-plan.ts'

/** What is done for an operation, to be read by people. */
export type ExplainedPlan =
  | { readonly kind: 'sequence' | 'parallel'; readonly steps: readonly ExplainedPlan[] }
  | {
      readonly kind: 'condition'
      /** The variable, as in the document. */
      readonly variable: string
      readonly ifTrue: ExplainedPlan | null
      readonly ifFalse: ExplainedPlan | null
    }
  | {
      readonly kind: 'subscription'
      readonly events: ExplainedPlan
      readonly rest: ExplainedPlan | null
    }
  | ExplainedFetch

export interface ExplainedFetch {
  readonly kind: 'fetch'
  readonly subgraph: string
  /** To what in the answer it adds, `@` standing for each entry of a list; empty where it begins at the root. */
  readonly at: string
  /** What is told of each entity; null where none are asked for. */
  readonly requires: string | null
  readonly operation: string
}

/** A plan as it is shown. */
export function explainPlan(node: PlanNode | SubscriptionNode, at: readonly string[] = []): ExplainedPlan {
  switch (node.kind) {
    case 'Sequence':
      return { kind: 'sequence', steps: node.nodes.map((one) => explainPlan(one, at)) }
    case 'Parallel':
      return { kind: 'parallel', steps: node.nodes.map((one) => explainPlan(one, at)) }
    case 'Flatten':
      return explainPlan(node.node, [...at, ...node.path])
    case 'Condition':
      return {
        kind: 'condition',
        variable: `$${node.condition}`,
        ifTrue: node.ifClause === undefined ? null : explainPlan(node.ifClause, at),
        ifFalse: node.elseClause === undefined ? null : explainPlan(node.elseClause, at),
      }
    case 'Subscription': {
      const rest = node.rest === undefined ? null : explainPlan(node.rest, at)
      return { kind: 'subscription', events: explainFetch(node.primary, at), rest }
    }
    case 'Fetch':
      return explainFetch(node, at)
  }
}

const explainFetch = ({ serviceName, requires, operation }: FetchNode, at: readonly string[]): ExplainedFetch => ({
  kind: 'fetch',
  subgraph: serviceName,
  at: at.join('.'),
  requires: requires === undefined ? null : textOf(requires),
  operation: print(parse(operation, { noLocation: true })),
})

function textOf(selections: readonly RequiredSelection[]): string {
  const parts = selections.map((selection) => {
    const below = selection.selections === undefined ? '' : ` { ${textOf(selection.selections)} }`
    if (selection.kind === 'Field') return `${selection.name}${below}`
    return `${selection.typeCondition === undefined ? '...' : `... on ${selection.typeCondition}`}${below}`
  })
  return parts.join(' ')
}
