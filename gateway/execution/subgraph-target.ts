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

/** The headers of a POST of `body` to a subgraph, names and values in turns. */
export function headersTo(target: SubgraphTarget, accept: string, context: EdgeContext, body: string): string[] {
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
  if (target.key === undefined) {
    if (context.authorization !== undefined) headers.push('authorization', context.authorization)
    return headers
  }
  const [pathname = ''] = target.path.split('?', 1)
  const signed = signRequest({ method: 'POST', path: pathname, body }, context.caller, target.name, target.key)
  for (const name in signed) headers.push(name, signed[name] ?? '')
  return headers
}
