import { type Deadline, startDeadline } from './deadline.ts'
import { EgressFailedError } from './egress.errors.ts'
import { asEgressError, closeAgents, newAgents, receive, send } from './exchange.ts'
import { checkHeaders, checkMethod, type Hop, nextHop } from './hop.ts'
import { type Resolve, resolveBySystem } from './pinned-lookup.ts'
import { checkAddress, checkTarget, readExemptions } from './target.ts'

export interface EgressOptions {
  /** `host:port` entries excused from the address and port rules, e.g. a service inside one's own network. */
  readonly allow: readonly string[]
  /** Over name look-up, connection, redirects and body together. A request may ask for less, never for more. */
  readonly timeoutMs: number
  /** Of the decoded body. A request may ask for less, never for more. */
  readonly bytesMax: number
  readonly redirectsMax: number
  readonly resolve?: Resolve
  /** Kinds of special address (`openableKinds`) that a request may open hosts at; none unless told. */
  readonly openable?: ReadonlySet<string>
}

export interface EgressRequest {
  readonly url: string | URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly timeoutMs?: number
  readonly bytesMax?: number
  readonly signal?: AbortSignal
  /** `host:port`, as `readExemptions` gives them, that may be called at a private address: what the asker has opened to itself. */
  readonly open?: ReadonlySet<string> | undefined
}

export interface EgressResponse {
  readonly status: number
  /** Names in lower case; those that told how the body was packed are gone, as the packing is. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  /** Where the answer came from, after redirects. */
  readonly url: string
}

/** The one door for calls that leave the platform. */
export interface Egress {
  /**
   * @throws EgressRefusedError EGRESS_REFUSED, EgressTimeoutError EGRESS_TIMEOUT, EgressTooLargeError EGRESS_TOO_LARGE,
   *   EgressFailedError EGRESS_FAILED; when `signal` is aborted, its reason
   */
  request(request: EgressRequest): Promise<EgressResponse>
  /** Waits for the requests under way, then closes the connections. May be called again. */
  close(): Promise<void>
}

/** @throws RangeError when an entry of `allow` is not host:port */
export function createEgress(options: EgressOptions): Egress {
  const exemptions = readExemptions(options.allow)
  const resolve = options.resolve ?? resolveBySystem
  const kinds: ReadonlySet<string> = options.openable ?? new Set()
  const guarded = newAgents(resolve, (address, host) => checkAddress(address, host), options.timeoutMs)
  // Of their own, so that no connection to a private address is ever used for somebody who did not open it.
  const opened = newAgents(resolve, (address, host) => checkAddress(address, host, kinds), options.timeoutMs)
  const unguarded = newAgents(resolve, () => undefined, options.timeoutMs)

  let closing: Promise<unknown> | undefined

  const follow = async (ask: EgressRequest, deadline: Deadline): Promise<EgressResponse> => {
    const bytesMax = Math.min(ask.bytesMax ?? options.bytesMax, options.bytesMax)
    const headers = checkHeaders(ask.headers)
    let hop: Hop = { url: ask.url, method: checkMethod(ask.method), headers, body: ask.body }
    for (let redirects = 0; redirects <= options.redirectsMax; redirects++) {
      deadline.signal.throwIfAborted()
      const target = checkTarget(hop.url, exemptions, ask.open && { hosts: ask.open, kinds })
      const { url } = target
      const agents = target.exempt ? unguarded : target.opened ? opened : guarded
      const answer = await deadline.race(send(agents, { ...hop, url }, deadline.signal))
      const next = nextHop({ ...hop, url }, answer.statusCode, answer.headers.location)
      if (!next) return await deadline.race(receive(answer, url, bytesMax))
      answer.body.destroy()
      hop = next
    }
    throw new EgressFailedError('The remote service redirected too many times.')
  }

  return {
    request: async (ask) => {
      const timeoutMs = Math.min(ask.timeoutMs ?? options.timeoutMs, options.timeoutMs)
      const deadline = startDeadline(timeoutMs, ask.signal)
      try {
        return await follow(ask, deadline)
      } catch (error) {
        if (deadline.signal.aborted) throw deadline.signal.reason
        throw asEgressError(error, timeoutMs)
      } finally {
        deadline.stop()
      }
    },
    close: async () => {
      closing ??= Promise.all([guarded, opened, unguarded].map(closeAgents))
      await closing
    },
  }
}
