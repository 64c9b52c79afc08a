import { ApolloGateway } from '@apollo/gateway'
import type { ApolloServerOptions, BaseContext } from '@apollo/server'
import { GraphQLError } from 'graphql'
import type { Logger } from '#platform/log/logger'
import type { Supergraph } from '../supergraph/read-supergraph.ts'
import type { Fetch } from './subgraph-fetch.ts'
import { SubgraphSource } from './subgraph-source.ts'

/** What Apollo Server asks of a gateway. */
export type Gateway = NonNullable<ApolloServerOptions<BaseContext>['gateway']>
type Loaded = Awaited<ReturnType<Gateway['load']>>
/** Plans one operation and executes the plan. */
export type Executor = NonNullable<Loaded['executor']>

/** How many fields that must not be null one answer names. */
const nullsMax = 100

/**
 * Apollo's planner and executor over one supergraph, each subgraph asked through its fetch.
 *
 * @param before what happens to an operation before it is planned, and to its answer after
 */
export function planOver(
  supergraph: Supergraph,
  fetches: ReadonlyMap<string, Fetch>,
  before: (executor: Executor) => Executor,
  log: Logger,
): Gateway {
  const apollo = new ApolloGateway({
    supergraphSdl: supergraph.sdl,
    buildService: ({ name }) => {
      const fetch = fetches.get(name)
      if (fetch === undefined) throw new Error(`No way to ask subgraph ${name}.`)
      return new SubgraphSource(fetch)
    },
    logger: log,
    validateSupergraph: true,
    // Else it follows NODE_ENV, and any client could ask for the plan by a header.
    __exposeQueryPlanExperimental: false,
  })
  const gateway = apollo as unknown as Gateway
  return {
    onSchemaLoadOrUpdate: (listener) => gateway.onSchemaLoadOrUpdate(listener),
    stop: () => gateway.stop(),
    load: async (options) => {
      const loaded = await gateway.load(options)
      if (loaded.executor === null) throw new Error('The gateway has no executor.')
      return { executor: before(honestAboutNulls(loaded.executor)) }
    },
  }
}

/**
 * Where a subgraph answered null, or nothing, for a field that must not be null, Apollo nulls the parent and mentions it in
 * `extensions.valueCompletion` only. GraphQL §6.4.4 wants an error; the extension would also bypass the mask of errors.
 */
const honestAboutNulls =
  (executor: Executor): Executor =>
  async (request) => {
    const { extensions, errors = [], ...result } = await executor(request)
    const { valueCompletion } = (extensions ?? {}) as { valueCompletion?: readonly GraphQLError[] }
    const all = [...errors, ...(valueCompletion ?? []).slice(0, nullsMax).map(asGraphQLError)]
    return all.length === 0 ? result : { ...result, errors: all }
  }

const asGraphQLError = (error: GraphQLError) =>
  new GraphQLError(error.message, { path: error.path, extensions: { code: 'INTERNAL_SERVER_ERROR' } })
