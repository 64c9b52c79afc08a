import { Agent, type Dispatcher, errors } from 'undici'
import { DomainError } from '../../errors/domain-error.ts'
import { EgressFailedError, EgressTimeoutError, EgressTooLargeError } from './egress.errors.ts'
import type { Hop } from './hop.ts'
import { type CheckAddress, pinnedLookup, type Resolve } from './pinned-lookup.ts'
import { readBody } from './read-body.ts'

const HEADER_BYTES_MAX = 16_384
const CONNECTIONS_PER_ORIGIN_MAX = 32

/** Connections of one kind: those that are used again, and those for one request each. */
export interface Agents {
  readonly kept: Agent
  readonly fresh: Agent
}

/** @param check of each address that a name resolves to */
export function newAgents(resolve: Resolve, check: CheckAddress, timeoutMs: number): Agents {
  const options: Agent.Options = {
    connect: { lookup: pinnedLookup(resolve, check), timeout: timeoutMs, rejectUnauthorized: true },
    connections: CONNECTIONS_PER_ORIGIN_MAX,
    maxHeaderSize: HEADER_BYTES_MAX,
    // One wire format to reason about: sizes and header rules here are those of HTTP/1.1.
    allowH2: false,
    // The deadline of the request covers both.
    headersTimeout: 0,
    bodyTimeout: 0,
  }
  // Without pipelining undici keeps no connection.
  return { kept: new Agent(options), fresh: new Agent({ ...options, pipelining: 0 }) }
}

export const closeAgents = (agents: Agents) => Promise.all([agents.kept.close(), agents.fresh.close()])

/**
 * A request that may have an effect gets a connection of its own: the other end may close a kept one at the very moment
 * of its use, and then nobody can tell whether the effect happened.
 */
export async function send(agents: Agents, hop: Hop, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  const { origin, pathname, search } = new URL(hop.url)
  const agent = hop.method === 'GET' || hop.method === 'HEAD' ? agents.kept : agents.fresh
  const answer = await agent.request({
    origin,
    path: pathname + search,
    method: hop.method as Dispatcher.HttpMethod,
    headers: hop.headers,
    body: hop.body ?? null,
    signal,
  })
  // Whoever drops the body, on a redirect or at the deadline, must not bring the process down.
  answer.body.on('error', () => undefined)
  return answer
}

/** The part of an answer after its head: the body, decoded, within its limit. */
export async function receive(answer: Dispatcher.ResponseData, url: URL, bytesMax: number) {
  const {
    'content-encoding': coding,
    'content-length': length,
    'transfer-encoding': _framing,
    ...rest
  } = answer.headers
  try {
    const body = await readBody(answer.body, String(coding ?? ''), bytesMax)
    const headers = coding === undefined && length !== undefined ? { ...rest, 'content-length': length } : rest
    return { status: answer.statusCode, headers, body, url: url.href }
  } finally {
    if (!answer.body.readableEnded) answer.body.destroy()
  }
}

/** Puts what undici, TLS and zlib throw into the guard's own words; their messages may hold addresses. */
export function asEgressError(error: unknown, timeoutMs: number): DomainError {
  if (error instanceof DomainError) return error
  if (error instanceof errors.HeadersOverflowError) return new EgressTooLargeError('headers', HEADER_BYTES_MAX)
  if (error instanceof errors.ConnectTimeoutError) return new EgressTimeoutError(timeoutMs)
  const { code, name } = error as NodeJS.ErrnoException
  return new EgressFailedError('The remote service could not be reached, or broke off its answer.', code ?? name)
}
