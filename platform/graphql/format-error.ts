import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { DomainError } from '../errors/domain-error.ts'
import type { Logger } from '../log/logger.ts'

/** Codes that graphql-js and Apollo Server give to requests that are wrong in themselves. */
const requestFaults: Record<string, string> = {
  GRAPHQL_PARSE_FAILED: 'BAD_USER_INPUT',
  GRAPHQL_VALIDATION_FAILED: 'BAD_USER_INPUT',
  BAD_USER_INPUT: 'BAD_USER_INPUT',
  BAD_REQUEST: 'BAD_USER_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
}

/** PostgreSQL's words for a statement with U+0000 in it, which the ORM writes into the statement's own text. */
const isUnstorable = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === '08P01' && error.message === 'invalid message format'

/**
 * More is asked of the database at once than it takes: the pool's words when no connection becomes free in time, and
 * PostgreSQL's code for too many. The ORM hands both on as causes of its own errors.
 */
function isBusy(error: unknown, levels = 5): boolean {
  if (!(error instanceof Error) || levels === 0) return false
  if (error.message.includes('timeout exceeded when trying to connect')) return true
  return ('code' in error && error.code === '53300') || isBusy(error.cause, levels - 1)
}

/**
 * The GraphQL border: an expected refusal keeps its code, words and details; a fault of the request keeps graphql-js's
 * words, and a text that cannot be stored is such a fault; a database that has no room for the question right now is
 * SUBGRAPH_UNAVAILABLE; everything else becomes INTERNAL_SERVER_ERROR with the request id and is logged, once, here.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
  requestId: string,
  log: Logger,
): GraphQLFormattedError {
  const original = originalOf(error)
  const place = {
    ...(formatted.locations ? { locations: formatted.locations } : {}),
    ...(formatted.path ? { path: formatted.path } : {}),
  }
  if (original instanceof DomainError) {
    if (original.internal !== undefined || original.cause !== undefined)
      log.warn({ requestId, err: original }, 'refused')
    const details = original.details === undefined ? {} : { details: original.details }
    return { message: original.message, ...place, extensions: { code: original.code, ...details } }
  }
  if (isUnstorable(original))
    return {
      message: 'A text holds a character that cannot be stored.',
      ...place,
      extensions: { code: 'BAD_USER_INPUT' },
    }
  if (isBusy(original)) {
    log.warn({ requestId, path: formatted.path, err: original }, 'too busy')
    const message = 'Too much is asked at once right now. Ask for less at a time, or try again in a moment.'
    return { message, ...place, extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }
  }
  const code = requestFaults[String(formatted.extensions?.code)]
  if (code !== undefined) return { message: formatted.message, ...place, extensions: { code } }
  log.error({ requestId, path: formatted.path, err: original }, 'unexpected error')
  return {
    message: 'Something went wrong on our side.',
    ...place,
    extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
  }
}

/** The error that a resolver threw, out of its GraphQL wrappings. */
export function originalOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError !== undefined ? originalOf(error.originalError) : error
}
