import type { Span } from '#platform/telemetry/span'
import { SubgraphFailure } from '../execution/subgraph-answer.ts'
import type { Fetch, FetchStage, SubgraphFetch } from '../execution/subgraph-fetch.ts'

/**
 * One span for each time that a subgraph is asked, which the subgraph's own becomes a child of. Never its operation, which
 * may hold values, nor its variables.
 */
export const traceFetch =
  (subgraph: string): FetchStage =>
  (next) =>
  (fetch) => {
    const { span } = fetch.context
    return span?.recording === true ? within(span, subgraph, fetch, next) : next(fetch)
  }

async function within(parent: Span, subgraph: string, fetch: SubgraphFetch, next: Fetch) {
  const span = parent.child(`fetch ${subgraph}`, 'client', {
    'forgeops.subgraph': subgraph,
    'graphql.operation.type': fetch.kind,
  })
  const { representations } = fetch.variables
  if (Array.isArray(representations)) span.set('forgeops.fetch.entities', representations.length)
  try {
    const { context } = fetch
    const answer = await next({ ...fetch, context: { ...context, span, traceparent: span.traceparent } })
    if (answer.errors.length > 0) span.refuse('errors')
    return answer
  } catch (error) {
    // Whether the request fails of it is told by what it answers: another try may succeed, another field may do without.
    if (!(error instanceof SubgraphFailure)) span.fail('Error', true)
    else if (error.kind !== 'client_gone') span.fail(error.kind, true)
    throw error
  } finally {
    span.end()
  }
}
