import type { EdgeContext } from './request-context.ts'
import type { SubgraphAnswer } from './subgraph-answer.ts'

/** One question to one subgraph, as the plan has it. */
export interface SubgraphFetch {
  readonly kind: 'query' | 'mutation' | 'subscription'
  /** The subgraph's own operation, as the planner wrote it; the same text for the same plan. */
  readonly query: string
  readonly operationName: string | undefined
  /** What is asked for, by name; `representations` (Federation's `_Any`) when entities are asked for. */
  readonly variables: Readonly<Record<string, unknown>>
  readonly context: EdgeContext
}

/** Asks one subgraph. @throws SubgraphFailure whatever goes wrong before there is a GraphQL answer */
export type Fetch = (fetch: SubgraphFetch) => Promise<SubgraphAnswer>

/** Something that happens around the questions to one subgraph: a deadline, another try, an answer that is known already. */
export type FetchStage = (next: Fetch) => Fetch
