import { createClient as createSse } from 'graphql-sse'
import { createClient as createSocket } from 'graphql-ws'
import { WebSocket } from 'ws'

export interface Following {
  readonly url: string
  readonly query: string
  /** Sent as they are at each connection. */
  readonly variables?: Record<string, unknown>
  readonly extensions?: Record<string, unknown>
  /** Read at each connection. */
  readonly token?: () => string | Promise<string>
  /** How often it connects again of itself. */
  readonly retries?: number
  readonly onResult?: (result: LiveAnswer) => void
}

export interface LiveAnswer {
  readonly data?: Record<string, unknown> | null
  readonly errors?: readonly {
    readonly message: string
    readonly extensions: { readonly code: string; readonly details?: unknown }
  }[]
  readonly extensions?: { readonly lastEventId?: string }
}

export interface Followed {
  readonly results: LiveAnswer[]
  isComplete: boolean
  /** What the client gave up over. */
  error: unknown
  /** How often it connected. */
  connections: number
  /** Codes and reasons by which its sockets were closed. */
  readonly closings: { readonly code: number; readonly reason: string }[]
  leave(): void
}

const fresh = (): Followed => ({
  results: [],
  isComplete: false,
  error: undefined,
  connections: 0,
  closings: [],
  leave: () => {},
})

const sinkOf = (followed: Followed, onResult: Following['onResult']) => ({
  next: (result: unknown) => {
    followed.results.push(result as LiveAnswer)
    onResult?.(result as LiveAnswer)
  },
  complete: () => {
    followed.isComplete = true
  },
  error: (error: unknown) => {
    followed.error = error
  },
})

const retry = () => new Promise<void>((resolve) => setTimeout(resolve, 5))

/** By the reference client of graphql-sse, in its distinct connections mode. */
export function followByEvents({ url, token, retries = 0, onResult, ...request }: Following): Followed {
  const followed = fresh()
  const client = createSse({
    url,
    retryAttempts: retries,
    retry,
    headers: async (): Promise<Record<string, string>> =>
      token === undefined ? {} : { authorization: `Bearer ${await token()}` },
    on: {
      connected: () => {
        followed.connections += 1
      },
    },
  })
  followed.leave = client.subscribe(request, sinkOf(followed, onResult))
  return followed
}

/** By the reference client of graphql-ws. */
export function followBySocket({ url, token, retries = 0, onResult, ...request }: Following): Followed {
  const followed = fresh()
  const client = createSocket({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: retries,
    retryWait: retry,
    // Without it a lost network is the end.
    shouldRetry: () => true,
    connectionParams: async () => (token === undefined ? undefined : { authorization: `Bearer ${await token()}` }),
    on: {
      connected: () => {
        followed.connections += 1
      },
      closed: (event) => followed.closings.push(event as { code: number; reason: string }),
    },
  })
  const leave = client.subscribe(request, sinkOf(followed, onResult))
  followed.leave = () => {
    leave()
    void client.dispose()
  }
  return followed
}

export const transports = [
  { transport: 'event streams', follow: followByEvents },
  { transport: 'WebSockets', follow: followBySocket },
] as const

/** What a client that gave up says of it: of HTTP the status, of a socket its code and reason. */
export function saidOf(error: unknown): string {
  const { message = '', code = '', reason = '' } = error as { message?: string; code?: number; reason?: string }
  return `${message}${code} ${reason}`
}
