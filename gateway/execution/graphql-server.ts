import { ApolloServer } from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled'
import { errorBorder } from '#platform/graphql/error-border'
import { oncePerOperation } from '#platform/graphql/once-per-operation'
import type { Logger } from '#platform/log/logger'
import type { RefusalListener } from '#platform/refusals/refusal'
import type { Authority } from '../authorization/authority.ts'
import { confirmRights } from '../authorization/confirm-rights.ts'
import { guardIntrospection } from '../authorization/guard-introspection.ts'
import { maskError } from '../errors/mask-error.ts'
import { boundNesting } from '../operations/bound-nesting.ts'
import { boundVariables } from '../operations/bound-variables.ts'
import { nameOperation } from './name-operation.ts'
import type { Gateway } from './planned-gateway.ts'
import type { EdgeContext } from './request-context.ts'
import { requireOperation } from './require-operation.ts'

/** Far above honest operations (GraphiQL's introspection: some 200 tokens, 14 levels), below what hurts the planner. */
const tokensMax = 10_000
const levelsMax = 50
const selectionsMax = 10_000
const variableLevelsMax = 200

export interface GraphqlServerParts {
  readonly refusals: RefusalListener
  /** Root fields of which an operation may ask for one. */
  readonly onePerOperation: ReadonlySet<string>
  readonly log: Logger
}

/** @param authority null with AUTH=off: nobody can sign in, so the schema is open */
export async function startGraphqlServer(
  gateway: Gateway,
  authority: Authority | null,
  { refusals, onePerOperation, log }: GraphqlServerParts,
): Promise<ApolloServer<EdgeContext>> {
  const server = new ApolloServer<EdgeContext>({
    gateway,
    logger: log,
    nodeEnv: 'production',
    introspection: true,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    maxRecursiveSelections: selectionsMax,
    parseOptions: { maxTokens: tokensMax },
    stopOnTerminationSignals: false,
    // What is wrong with the HTTP request itself is answered before any plugin hears of it.
    formatError: (formatted) =>
      formatted.extensions?.code === 'BAD_REQUEST'
        ? { message: formatted.message.trim(), extensions: { code: 'BAD_USER_INPUT' } }
        : formatted,
    plugins: [
      errorBorder(maskError),
      requireOperation,
      nameOperation,
      boundNesting(levelsMax),
      boundVariables(variableLevelsMax),
      oncePerOperation(onePerOperation, refusals),
      ...(authority === null ? [] : [guardIntrospection(refusals)]),
      ...(authority?.revocations == null ? [] : [confirmRights(authority.revocations)]),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  })
  await server.start()
  return server
}
