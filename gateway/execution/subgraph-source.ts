import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from '@apollo/gateway'
import { OperationTypeNode } from 'graphql'
import { traceIdOf } from '#platform/telemetry/trace-context'
import { SubgraphUnavailableError } from '../errors/edge.errors.ts'
import { missingPaths, type Variables } from './missing-paths.ts'
import type { EdgeContext } from './request-context.ts'
import { type SubgraphAnswer, SubgraphFailure } from './subgraph-answer.ts'
import type { SubgraphClient } from './subgraph-client.ts'
import type { SubgraphStates } from './subgraph-states.ts'

type Options = GraphQLDataSourceProcessOptions
type Answer = ReturnType<GraphQLDataSource['process']>

/**
 * What the query plan's executor asks a subgraph through. A subgraph that does not answer becomes errors with the path of
 * each field that is missing for it: the rest of the operation goes on.
 */
export class SubgraphSource implements GraphQLDataSource {
  readonly #client: SubgraphClient
  readonly #states: SubgraphStates

  constructor(client: SubgraphClient, states: SubgraphStates) {
    this.#client = client
    this.#states = states
  }

  async process(options: Options): Answer {
    const { query = '', operationName, variables = {} } = options.request
    const context = options.context as EdgeContext
    const started = performance.now()
    try {
      const answer = entitiesChecked(
        await this.#client.send({
          body: JSON.stringify({ query, operationName, variables }),
          caller: context.caller,
          requestId: context.requestId,
          traceparent: context.traceparent,
          authorization: context.authorization,
          signal: isQuery(options) ? context.clientGone : undefined,
        }),
        variables,
      )
      this.#record(answer.errors.length === 0 ? 'ok' : 'errors', started)
      return { data: answer.data, ...(answer.errors.length === 0 ? {} : { errors: answer.errors }) } as Awaited<Answer>
    } catch (error) {
      if (!(error instanceof SubgraphFailure)) throw error
      this.#record(error.kind, started)
      const place = { requestId: context.requestId, traceId: traceIdOf(context.traceparent) }
      context.log.warn({ ...place, subgraph: this.#client.name, outcome: error.kind, err: error }, 'subgraph failed')
      return { data: null, errors: unavailable(query, variables) } as Awaited<Answer>
    }
  }

  #record(outcome: Parameters<SubgraphStates['record']>[1], started: number): void {
    this.#states.record(this.#client.name, outcome, (performance.now() - started) / 1000)
  }
}

/** A mutation is finished even when nobody waits: to stop between two of its steps would leave half of it done. */
const isQuery = (options: Options): boolean =>
  'incomingRequestContext' in options && options.incomingRequestContext.operation?.operation === OperationTypeNode.QUERY

function entitiesChecked(answer: SubgraphAnswer, { representations }: Variables): SubgraphAnswer {
  if (!Array.isArray(representations) || answer.data === null) return answer
  const { _entities: entities } = answer.data
  if (Array.isArray(entities) && entities.length === representations.length) return answer
  throw new SubgraphFailure('bad_answer', `${representations.length} entities asked for, others answered`)
}

function unavailable(query: string, variables: Variables) {
  const { message, code } = new SubgraphUnavailableError()
  return missingPaths(query, variables).map((path) => ({ message, path, extensions: { code } }))
}
