import { validateHeaderName, validateHeaderValue } from 'node:http'
import { EgressFailedError, EgressRefusedError } from './egress.errors.ts'

/** One request on the wire; a redirect makes the next one of it. Header names are lower case. */
export interface Hop {
  readonly url: string | URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | undefined
}

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** They frame the message or name its addressee, which is the guard's own business (RFC 9110 §7.6.1, RFC 9112). */
const guardedHeaders: ReadonlySet<string> = new Set(
  'host connection content-length transfer-encoding te trailer upgrade expect keep-alive proxy-authorization'.split(
    ' ',
  ),
)

/** All that goes along when a redirect leaves the origin: any other header may hold a credential. */
const originlessHeaders: ReadonlySet<string> = new Set(
  'accept accept-encoding accept-language content-type user-agent traceparent'.split(' '),
)

/**
 * @param method one of the seven ordinary ones, in any case
 * @throws EgressRefusedError EGRESS_REFUSED for other methods and for headers that are malformed or not the caller's to set
 */
export function checkMethod(method: string): string {
  const upper = method.toUpperCase()
  if (!methods.has(upper)) throw new EgressRefusedError('The request method is not allowed.')
  return upper
}

/** @throws EgressRefusedError EGRESS_REFUSED for headers that are malformed or not the caller's to set */
export function checkHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const checked: Record<string, string> = { 'accept-encoding': 'gzip, br', 'user-agent': 'forgeops' }
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name)
      validateHeaderValue(name, value)
    } catch {
      throw new EgressRefusedError('The request has a header that is not valid.')
    }
    const lower = name.toLowerCase()
    if (guardedHeaders.has(lower)) throw new EgressRefusedError(`The request may not set the header "${lower}".`)
    checked[lower] = value
  }
  return checked
}

/**
 * What a redirect asks for next (RFC 9110 §15.4; methods as the Fetch standard has it: 303 always, 301 and 302 after POST,
 * turn into GET). Leaving the origin drops credentials, cookies and every header not known to be harmless. Not followed:
 * from https to http, and with a body to another origin, for bodies hold secrets too.
 * @returns undefined when the answer is no redirect
 * @throws EgressRefusedError EGRESS_REFUSED, EgressFailedError EGRESS_FAILED when the new address cannot be read
 */
export function nextHop(hop: Hop, status: number, location: string | string[] | undefined): Hop | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined
  const from = new URL(hop.url)
  const url = typeof location === 'string' ? URL.parse(location, from.href) : null
  if (!url) throw new EgressFailedError('The remote service redirected to an address that cannot be read.')
  const sameOrigin = url.origin === from.origin
  if (from.protocol === 'https:' && url.protocol === 'http:')
    throw new EgressRefusedError('The remote service redirected from https to http.')

  const toGet = status === 303 ? hop.method !== 'HEAD' : status < 303 && hop.method === 'POST'
  const body = toGet ? undefined : hop.body
  if (!sameOrigin && body !== undefined)
    throw new EgressRefusedError('The remote service redirected a request with a body to another host.')
  const kept = Object.entries(hop.headers)
    .filter(([name]) => sameOrigin || originlessHeaders.has(name))
    .filter(([name]) => body !== undefined || !name.startsWith('content-'))
  return { url, method: toGet ? 'GET' : hop.method, headers: Object.fromEntries(kept), body }
}
