import type { GraphQLFormattedError } from 'graphql'

/** How a fetch ended: `ok` and `errors` are answers, everything else is none. */
export type FetchOutcome = 'ok' | 'errors' | FailureKind
export type FailureKind = 'timeout' | 'unreachable' | 'refused' | 'bad_answer' | 'client_gone' | 'overloaded' | 'open'

export interface FailureOptions extends ErrorOptions {
  /** The HTTP status, when there was one. */
  readonly status?: number
  /** For how long the subgraph asks to be left alone (RFC 9110 §10.2.3), in milliseconds. */
  readonly retryAfterMs?: number
}

/** There is no GraphQL answer. For the log only. */
export class SubgraphFailure extends Error {
  readonly kind: FailureKind
  readonly status: number | null
  readonly retryAfterMs: number | null
  constructor(kind: FailureKind, message: string, options: FailureOptions = {}) {
    super(message, options)
    this.name = 'SubgraphFailure'
    this.kind = kind
    this.status = options.status ?? null
    this.retryAfterMs = options.retryAfterMs ?? null
  }
}

/** Belongs to who receives it, who may merge into it: whoever shares an answer gives each receiver a parse of its own. */
export interface SubgraphAnswer {
  readonly data: Record<string, unknown> | null
  readonly errors: readonly GraphQLFormattedError[]
  /** The subgraph's `Cache-Control` header; null without one. */
  readonly cacheControl: string | null
}

/** An HTTP response to a request of ours. */
export interface SubgraphResponse {
  readonly status: number
  readonly text: string
  readonly cacheControl: string | null
  readonly retryAfter: string | null
}

const errorsMax = 1_000

/**
 * Reads what a subgraph answered. A status below 500 with a GraphQL body is an answer (a subgraph answers 400 to variables
 * it cannot coerce); a refusal of our own signature is not: it says nothing about the client's credentials.
 *
 * @param entities how many entities were asked for; null when it was not for entities
 * @throws SubgraphFailure when it is none
 */
export function readAnswer(response: SubgraphResponse, signed: boolean, entities: number | null): SubgraphAnswer {
  const { status } = response
  if (signed && (status === 401 || status === 403)) throw new SubgraphFailure('refused', `status ${status}`, { status })
  if (status >= 500) throw new SubgraphFailure('bad_answer', `status ${status}`, { status, ...retryAfterOf(response) })
  const body = json(response.text)
  if (!isRecord(body)) throw new SubgraphFailure('bad_answer', `status ${status} without a JSON object`, { status })
  const { data = null, errors = [] } = body
  if ((data !== null && !isRecord(data)) || !Array.isArray(errors) || (data === null && errors.length === 0))
    throw new SubgraphFailure('bad_answer', `status ${status} without a GraphQL answer`, { status })
  if (entities !== null && data !== null) checkEntities(data, entities)
  return {
    data,
    errors: errors.slice(0, errorsMax).map(errorOf),
    cacheControl: response.cacheControl,
  }
}

function checkEntities({ _entities: entities }: Record<string, unknown>, count: number): void {
  if (!Array.isArray(entities) || entities.length !== count)
    throw new SubgraphFailure('bad_answer', `${count} entities asked for, others answered`)
}

/** Seconds, or a date (RFC 9110 §10.2.3). What is neither says nothing. */
function retryAfterOf({ retryAfter }: SubgraphResponse): { retryAfterMs?: number } {
  if (retryAfter === null) return {}
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - Date.now()
  return Number.isFinite(ms) ? { retryAfterMs: Math.max(ms, 0) } : {}
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
