import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from '@apollo/gateway'
import { OperationTypeNode } from 'graphql'
import { SubgraphUnavailableError } from '../errors/edge.errors.ts'
import { missingPaths, type Variables } from './missing-paths.ts'
import type { EdgeContext } from './request-context.ts'
import { SubgraphFailure } from './subgraph-answer.ts'
import type { Fetch } from './subgraph-fetch.ts'

type Options = GraphQLDataSourceProcessOptions
type Answer = ReturnType<GraphQLDataSource['process']>

/**
 * What the query plan's executor asks a subgraph through. A subgraph that does not answer becomes errors with the path of
 * each field that is missing for it: the rest of the operation goes on.
 */
export class SubgraphSource implements GraphQLDataSource {
  readonly #fetch: Fetch

  constructor(fetch: Fetch) {
    this.#fetch = fetch
  }

  async process(options: Options): Answer {
    const { query = '', operationName, variables = {} } = options.request
    const context = options.context as EdgeContext
    try {
      const { data, errors } = await this.#fetch({ kind: kindOf(options), query, operationName, variables, context })
      return { data, ...(errors.length === 0 ? {} : { errors }) } as Awaited<Answer>
    } catch (error) {
      if (!(error instanceof SubgraphFailure)) throw error
      return { data: null, errors: unavailable(query, variables) } as Awaited<Answer>
    }
  }
}

const kindOf = (options: Options) =>
  'incomingRequestContext' in options && options.incomingRequestContext.operation?.operation === OperationTypeNode.QUERY
    ? 'query'
    : 'mutation'

function unavailable(query: string, variables: Variables) {
  const { message, code } = new SubgraphUnavailableError()
  return missingPaths(query, variables).map((path) => ({ message, path, extensions: { code } }))
}
