import type { GraphQLFormattedError } from 'graphql'

/** How a fetch ended: `ok` and `errors` are answers, everything else is none. */
export type FetchOutcome = 'ok' | 'errors' | FailureKind
export type FailureKind = 'timeout' | 'unreachable' | 'refused' | 'bad_answer' | 'client_gone'

/** There is no GraphQL answer. For the log only. */
export class SubgraphFailure extends Error {
  readonly kind: FailureKind
  constructor(kind: FailureKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SubgraphFailure'
    this.kind = kind
  }
}

export interface SubgraphAnswer {
  readonly data: Record<string, unknown> | null
  readonly errors: readonly GraphQLFormattedError[]
}

const errorsMax = 1_000

/**
 * Reads what a subgraph answered. A status below 500 with a GraphQL body is an answer (a subgraph answers 400 to variables
 * it cannot coerce); a refusal of our own signature is not: it says nothing about the client's credentials.
 *
 * @throws SubgraphFailure when it is none
 */
export function readAnswer(status: number, text: string, signed: boolean): SubgraphAnswer {
  if (signed && (status === 401 || status === 403)) throw new SubgraphFailure('refused', `status ${status}`)
  if (status >= 500) throw new SubgraphFailure('bad_answer', `status ${status}`)
  const body = json(text)
  if (!isRecord(body)) throw new SubgraphFailure('bad_answer', `status ${status} without a JSON object`)
  const { data = null, errors = [] } = body
  if ((data !== null && !isRecord(data)) || !Array.isArray(errors) || (data === null && errors.length === 0))
    throw new SubgraphFailure('bad_answer', `status ${status} without a GraphQL answer`)
  return { data, errors: errors.slice(0, errorsMax).map(errorOf) }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Only what an error may hold, so that a strange one cannot break the merging of answers. */
function errorOf(error: unknown): GraphQLFormattedError {
  const { message, path, extensions } = isRecord(error) ? error : {}
  return {
    message: typeof message === 'string' ? message : 'unknown',
    ...(Array.isArray(path) ? { path: path.filter((p) => typeof p === 'string' || typeof p === 'number') } : {}),
    ...(isRecord(extensions) ? { extensions } : {}),
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
