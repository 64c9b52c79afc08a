import type { ProfileFile } from './profile-file.ts'
import type { ClientFolder } from './read-clients.ts'

/** What a page of one origin may do: what all clients of that origin may together. */
export interface CorsPolicy {
  readonly methods: string
  readonly headers: string
  readonly credentials: boolean
  readonly maxAgeSeconds: string
}

/** Request headers that the gateway itself gives a meaning to, beyond those that every page may send. */
const knownHeaders = [
  'accept',
  'apollo-require-preflight',
  'authorization',
  'content-type',
  'idempotency-key',
  'traceparent',
  'tracestate',
  'x-api-key',
  'x-client-id',
  'x-request-id',
]

/** Origins by name, each with its policy (Fetch standard §3.2 “CORS protocol”). */
export class CorsPolicies {
  readonly #policies: ReadonlyMap<string, CorsPolicy>

  constructor(folders: readonly Pick<ClientFolder, 'profile'>[]) {
    const byOrigin = Map.groupBy(
      folders.flatMap(({ profile }) => profile.origins.map((origin) => ({ origin, cors: profile.cors }))),
      ({ origin }) => origin,
    )
    // What comes from the gateway's own pages is not cross-origin.
    byOrigin.delete('self')
    this.#policies = new Map([...byOrigin].map(([origin, all]) => [origin, together(all.map(({ cors }) => cors))]))
  }

  get isEmpty(): boolean {
    return this.#policies.size === 0
  }

  /** @returns undefined for an origin that no client has; `null`, which many unrelated pages send, never has one */
  of(origin: string): CorsPolicy | undefined {
    return this.#policies.get(origin)
  }

  /**
   * Whether a WebSocket may be opened, where browsers ask nobody beforehand: by a page of a client's origin, by one of
   * the gateway's own, and by what is no browser and sends no Origin.
   *
   * @param host the Host header of the same request
   */
  isOriginAllowed(origin: string | undefined, host: string | undefined): boolean {
    if (origin === undefined || this.#policies.has(origin)) return true
    return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
  }
}

function together(all: readonly ProfileFile['cors'][]): CorsPolicy {
  const union = (lists: readonly string[]) => [...new Set(lists)].sort().join(', ')
  return {
    methods: union(all.flatMap(({ methods }) => methods)),
    headers: union([...knownHeaders, ...all.flatMap(({ headers }) => headers.map((name) => name.toLowerCase()))]),
    credentials: all.some(({ credentials }) => credentials),
    maxAgeSeconds: String(Math.min(...all.map(({ maxAgeSeconds }) => maxAgeSeconds))),
  }
}
