import { createSecretKey, type KeyObject } from 'node:crypto'
import { signRequest } from '#platform/caller/message-signature'
import type { SubgraphAddress } from '../supergraph/read-supergraph.ts'
import type { EdgeContext } from './request-context.ts'

/** Where a subgraph is asked. With a key, every request is signed for it alone. */
export interface SubgraphTarget {
  readonly name: string
  readonly origin: string
  /** With the query string. */
  readonly path: string
  readonly key: KeyObject | undefined
}

export function targetOf({ name, url }: SubgraphAddress, key: Uint8Array | undefined): SubgraphTarget {
  const { origin, pathname, search } = new URL(url)
  return { name, origin, path: pathname + search, key: key && createSecretKey(key) }
}

/**
 * The headers of a POST of `body` to a subgraph, names and values in turns.
 *
 * @param idempotencyKey the client's, for a mutation; a signature covers it
 */
export function headersTo(
  target: SubgraphTarget,
  accept: string,
  context: EdgeContext,
  body: string,
  idempotencyKey?: string,
): string[] {
  const headers = [
    'content-type',
    'application/json',
    'accept',
    accept,
    'x-request-id',
    context.requestId,
    'traceparent',
    context.traceparent,
  ]
  const tracestate = context.span?.tracestate
  if (tracestate !== undefined) headers.push('tracestate', tracestate)
  if (target.key === undefined) {
    if (context.authorization !== undefined) headers.push('authorization', context.authorization)
    if (idempotencyKey !== undefined) headers.push('idempotency-key', idempotencyKey)
    return headers
  }
  const [pathname = ''] = target.path.split('?', 1)
  const parts = { method: 'POST', path: pathname, body }
  const signed = signRequest(parts, context.caller, target.name, target.key, idempotencyKey)
  for (const name in signed) headers.push(name, signed[name] ?? '')
  return headers
}

/** All that `headersTo` tells a subgraph of who asks: two for whom it is the same are one to it. Holds credentials. */
export const identityFor = ({ key }: SubgraphTarget, { caller, authorization }: EdgeContext): string =>
  key === undefined ? `authorization ${authorization ?? ''}` : `caller ${JSON.stringify(caller)}`
