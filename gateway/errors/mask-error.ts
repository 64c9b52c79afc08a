import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import type { ErrorFormatter } from '#platform/graphql/error-border'
import { formatError } from '#platform/graphql/format-error'

const publicCodes: ReadonlySet<string> = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'UNAUTHORIZED_FIELD_OR_TYPE',
  'NOT_FOUND',
  'BAD_USER_INPUT',
  'CONFLICT',
  'RATE_LIMITED',
  'OPERATION_TOO_COMPLEX',
  'OPERATION_NOT_ALLOWED',
  'SUBGRAPH_UNAVAILABLE',
])

/** `NOUN_TROUBLE`, as domain errors are named; libraries' own codes look alike but fall under one of these patterns. */
const domainCode = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/
const libraryCode = /_ERROR$|^(UND_)?ERR_|^(GRAPHQL|OPERATION_RESOLUTION)_|^BAD_REQUEST$/

/**
 * What leaves the gateway of one error: of a subgraph's, only code, words, path and details of an expected refusal. All
 * else of it (stack, service name, url, unknown codes with their words) stays in the log.
 */
export const maskError: ErrorFormatter = (formatted, error, requestId, log) => {
  const { code, details, serviceName } = formatted.extensions ?? {}
  const place = formatted.path === undefined ? {} : { path: formatted.path }
  if (isPublic(code)) {
    const extensions = { code, ...(details === undefined ? {} : { details }) }
    return { message: formatted.message, ...locationsOf(formatted), ...place, extensions }
  }
  if (isStackOverflow(error))
    return { message: 'The operation is nested too deeply.', extensions: { code: 'OPERATION_TOO_COMPLEX' } }
  if (serviceName === undefined) return formatError(formatted, error, requestId, log)
  const cause = { message: formatted.message, code }
  log.warn({ requestId, path: formatted.path, subgraph: serviceName, cause }, 'unexpected error of a subgraph')
  return {
    message: 'Something went wrong on our side.',
    ...place,
    extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
  }
}

const isPublic = (code: unknown): code is string =>
  typeof code === 'string' && (publicCodes.has(code) || (domainCode.test(code) && !libraryCode.test(code)))

const locationsOf = ({ locations }: GraphQLFormattedError) => (locations === undefined ? {} : { locations })

/** What graphql-js's recursive parser ends in when the operation is absurdly deep. */
const isStackOverflow = (error: unknown): boolean =>
  error instanceof GraphQLError ? isStackOverflow(error.originalError) : error instanceof RangeError
