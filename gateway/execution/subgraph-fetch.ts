import type { Departure } from './departure.ts'
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
  /** When this try must be answered, on the clock of `performance.now()`. */
  readonly deadline?: number
  /** Ends the fetch in place of `context.clientGone`, where several clients wait for it. */
  readonly gone?: Departure
  /** The request's body, where a stage has made it already. */
  readonly body?: string
}

/** What is sent: the same text for the same question. */
export const bodyOf = ({ body, query, operationName, variables }: SubgraphFetch): string =>
  body ?? JSON.stringify({ query, operationName, variables })

/** Asks one subgraph. @throws SubgraphFailure whatever goes wrong before there is a GraphQL answer */
export type Fetch = (fetch: SubgraphFetch) => Promise<SubgraphAnswer>

/** Something that happens around the questions to one subgraph: a deadline, another try, an answer that is known already. */
export type FetchStage = (next: Fetch) => Fetch
