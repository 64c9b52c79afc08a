import './leave-out.ts'

import { parentPort, workerData } from 'node:worker_threads'
import { operationFromDocument } from '@apollo/federation-internals'
import { ApolloGateway } from '@apollo/gateway'
import { GraphQLError, type GraphQLSchema, isAbstractType, parse, printSchema } from 'graphql'
import type { PlannerReply, PlannerRequest, PlannerStart } from './planner-message.ts'
import type { QueryPlan } from './query-plan.ts'

/** What the thread's whole work is: composition's result read once, and operations planned one after the other. */
type Planner = NonNullable<ReturnType<ApolloGateway['__testing']>['queryPlanner']>

const reply = (message: PlannerReply) => parentPort?.postMessage(message)

async function open({ sdl }: PlannerStart): Promise<Planner> {
  const apollo = new ApolloGateway({
    supergraphSdl: sdl,
    validateSupergraph: true,
    buildService: ({ name }) => {
      return { process: () => Promise.reject(new Error(`The planner asks nothing of ${name}.`)) }
    },
  })
  const { schema } = await apollo.load()
  // Its executor plans and executes in one; the planner alone is handed out under this name only.
  const { queryPlanner } = apollo.__testing()
  if (queryPlanner === undefined) throw new Error('The gateway has no planner.')
  const { supergraph } = queryPlanner
  const subtypes = subtypesOf(supergraph.schema.toGraphQLJSSchema())
  reply({ kind: 'ready', apiSdl: printSchema(schema), subtypes })
  return queryPlanner
}

function subtypesOf(schema: GraphQLSchema): Record<string, readonly string[]> {
  const subtypes: Record<string, readonly string[]> = {}
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isAbstractType(type)) continue
    const interfaces = schema.getImplementations(type as never)?.interfaces ?? []
    subtypes[type.name] = [...schema.getPossibleTypes(type), ...interfaces].map(({ name }) => name)
  }
  return subtypes
}

function planned(planner: Planner, { text, operationName }: PlannerRequest): QueryPlan {
  const schema = planner.supergraph.apiSchema()
  const document = parse(text, { noLocation: true })
  const operation = operationFromDocument(schema, document, operationName === null ? {} : { operationName })
  const { node } = planner.buildQueryPlan(operation)
  // Parsed documents ride along in Apollo's plans; nobody here needs them, and copying between threads is not free.
  return JSON.parse(JSON.stringify({ node }, (key, value) => (key === 'operationDocumentNode' ? undefined : value)))
}

/** What graphql-js's and the planner's recursion end in when an operation is absurdly large. */
const isTooComplex = (error: unknown) =>
  error instanceof RangeError ||
  (error instanceof GraphQLError && String(error.extensions.code).startsWith('QUERY_PLAN_COMPLEXITY')) ||
  (error instanceof Error && /Number of recursive selections|complexity|exceeds/i.test(error.message))

try {
  const planner = await open(workerData as PlannerStart)
  parentPort?.on('message', (request: PlannerRequest) => {
    try {
      reply({ kind: 'plan', id: request.id, plan: planned(planner, request) })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      reply({ kind: 'failed', id: request.id, reason, tooComplex: isTooComplex(error) })
    }
  })
} catch (error) {
  reply({ kind: 'refused', reason: error instanceof Error ? error.message : String(error) })
}
