import { GraphQLError } from 'graphql'
import { DomainError } from '#platform/errors/domain-error'
import { cacheHeaders } from '../cache/cache-headers.ts'
import { EventStreamNeededError, MethodNotAllowedError } from '../errors/edge.errors.ts'
import { maskError } from '../errors/mask-error.ts'
import { headersOf, statusOf } from '../errors/status-of.ts'
import type { Answer, Operation } from '../execution/operation.ts'
import type { EdgeContext } from '../execution/request-context.ts'
import type { GraphqlParams } from '../http/graphql-params.ts'
import type { Generations } from '../supergraph/generations.ts'
import type { OperationTelemetry } from '../telemetry/operation-telemetry.ts'
import { RequestFault } from './request-fault.ts'

/** An answer as it goes over HTTP. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON. */
  readonly body: string
}

export type AnswerRequest = (params: GraphqlParams, context: EdgeContext, terms: HttpTerms) => Promise<HttpAnswer>

/** What the HTTP request, beside what it asks for, says of its answer. */
export interface HttpTerms {
  /** Whether its method may change anything. */
  readonly mutates: boolean
  /** The status for a document, operation or variables that are faulty: 200 in `application/json`, which has no other (§7.3). */
  readonly faultStatus: 200 | 400
}

const nameLengthMax = 100

/**
 * Answers what a request asks for with the generation of the supergraph that is in force when it comes: finds its operation,
 * has it checked, executes it, and lets out of its errors what may be read.
 */
export const answerRequests =
  (generations: Pick<Generations, 'hold'>, telemetry: OperationTelemetry): AnswerRequest =>
  async (params, context, { mutates, faultStatus }) => {
    const { generation, release } = generations.hold()
    const startedAt = performance.now()
    let operation: Operation | null = null
    try {
      operation = await generation.operationOf(params, context)
      nameInLog(operation, context)
      if (!mutates && operation.kind !== 'query') throw new MethodNotAllowedError(operation.kind)
      if (operation.kind === 'subscription') throw new EventStreamNeededError()
      await generation.check(operation, context)
      return httpAnswer(await generation.execute(operation, context), context)
    } catch (error) {
      const answer = refused(error, context)
      return error instanceof RequestFault ? { ...answer, status: faultStatus } : answer
    } finally {
      release()
      telemetry.ended(operation, context, startedAt)
    }
  }

/** The errors of an operation that was refused before it was executed. */
export function refusalOf(error: unknown): readonly GraphQLError[] {
  if (error instanceof RequestFault) return error.errors
  if (error instanceof GraphQLError) return [error]
  if (error instanceof DomainError) {
    const { code, details } = error
    const extensions = { code, ...(details === undefined ? {} : { details }) }
    return [new GraphQLError(error.message, { originalError: error, extensions })]
  }
  return [new GraphQLError('unexpected', { originalError: error instanceof Error ? error : new Error(String(error)) })]
}

function refused(error: unknown, context: EdgeContext): HttpAnswer {
  const errors = refusalOf(error)
  const details = error instanceof DomainError ? error : undefined
  const answer = httpAnswer({ errors }, context)
  if (error instanceof MethodNotAllowedError) return { ...answer, status: 405, headers: { allow: 'POST' } }
  return { ...answer, headers: headersOf(answer.status, details) }
}

/** What leaves of an answer, in the order in which clients read it: errors first (GraphQL §7.1). */
export function publicAnswer({ data, errors = [], extensions }: Answer, context: EdgeContext): Answer {
  const masked = errors.map((error) => maskError(error.toJSON(), error, context.requestId, context.log))
  if (masked.length > 0) context.logFields.errorCodes = [...new Set(masked.map((error) => error.extensions?.code))]
  return {
    ...(masked.length === 0 ? {} : { errors: masked as unknown as readonly GraphQLError[] }),
    ...(data === undefined ? {} : { data }),
    ...(extensions === undefined ? {} : { extensions }),
  }
}

function httpAnswer(answer: Answer, context: EdgeContext): HttpAnswer {
  const open = publicAnswer(answer, context)
  const status = open.data === undefined ? statusOf(open.errors?.[0]?.extensions?.code) : 200
  return {
    status,
    headers: { ...headersOf(status, undefined), ...retryAfter(open.errors), ...cacheHeaders(answer, context) },
    body: JSON.stringify(open),
  }
}

/** Of a limit that some field came up against, such as that of sign-ins: the client's HTTP layer looks for a header. */
function retryAfter(errors: readonly GraphQLError[] = []): Record<string, string> {
  const seconds = errors.map(({ extensions }) => {
    const { retryAfterSeconds } = (extensions?.details ?? {}) as { retryAfterSeconds?: unknown }
    return extensions?.code === 'RATE_LIMITED' && typeof retryAfterSeconds === 'number' ? retryAfterSeconds : 0
  })
  const longest = Math.max(0, ...seconds)
  return longest === 0 ? {} : { 'retry-after': String(Math.ceil(longest)) }
}

function nameInLog({ kind, name }: Operation, { logFields }: EdgeContext): void {
  logFields.operation = kind
  if (name !== null) logFields.operationName = name.slice(0, nameLengthMax)
}
