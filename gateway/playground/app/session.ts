import { type Answer, type Operation, sendOperation } from './send-operation.ts'

/** Who is signed in, as the header shows it. */
export interface Viewer {
  user: { name: string | null; email: string | null } | null
  organization: { name: string } | null
  roles: readonly string[] | null
}

/** `notice` says why nobody is signed in, when there is something to say. */
export type SessionState =
  | { kind: 'signed-out'; notice: string | null }
  | { kind: 'signing-in' }
  | { kind: 'signed-in'; viewer: Viewer }

interface Tokens {
  accessToken: string
  refreshToken: string
  /** From when on they are exchanged before the next use. */
  refreshAtMs: number
}

type TokenFields = { accessToken: string; refreshToken: string; expiresIn: number }

/** The clock of a session: now, and something to do later. Given from outside so that tests can move it. */
export interface Clock {
  now(): number
  later(task: () => void, delayMs: number): () => void
}

const login = `mutation Login($input: LoginInput!) {
  login(input: $input) { __typename ... on SessionTokens { accessToken refreshToken expiresIn } }
}`
const refreshSession = `mutation RefreshSession($input: RefreshSessionInput!) {
  refreshSession(input: $input) { accessToken refreshToken expiresIn }
}`
const viewer = 'query Viewer { viewer { user { name email } organization { name } roles } }'
const logout = 'mutation Logout { logout }'

const usedShare = 0.8
const passingTroubles = ['RATE_LIMITED', 'SUBGRAPH_UNAVAILABLE', 'INTERNAL_SERVER_ERROR']
const ended = 'Your session has ended. Sign in again to go on.'

/** The browser's own clock. */
export const browserClock: Clock = {
  now: () => Date.now(),
  later(task, delayMs) {
    const timer = setTimeout(task, delayMs)
    return () => clearTimeout(timer)
  },
}

/**
 * The signed-in person of this page. Tokens live in private fields of one object and nowhere else: not in storage, not
 * in a cookie, not in the address. Reloading the page therefore signs out, by intent.
 */
export class Session {
  readonly #url: string
  readonly #clock: Clock
  readonly #listeners = new Set<() => void>()
  #state: SessionState = { kind: 'signed-out', notice: null }
  #tokens: Tokens | null = null
  #refreshing: Promise<void> | null = null
  #cancelRefresh = () => {}

  constructor(url: string, clock: Clock = browserClock) {
    this.#url = url
    this.#clock = clock
  }

  readonly state = (): SessionState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Signs in with an account's email and password. Ends in `signed-in`, or in `signed-out` with the reason. */
  async signIn(email: string, password: string): Promise<void> {
    this.#become({ kind: 'signing-in' })
    try {
      const answer = await sendOperation<{ login: { __typename: string } & TokenFields }>(this.#url, {
        query: login,
        variables: { input: { email, password } },
      })
      const tokens = answer.data?.login
      if (!tokens) throw new Error(firstMessage(answer) ?? 'Sign-in was refused.')
      if (tokens.__typename !== 'SessionTokens') {
        throw new Error('This account asks for a second factor, which the playground cannot give.')
      }
      this.#keep(tokens)
      await this.#loadViewer()
    } catch (error) {
      this.#end(error instanceof Error ? error.message : String(error))
    }
  }

  /** Signs out here at once, and tells the platform to end the session. */
  async signOut(): Promise<void> {
    const accessToken = this.#tokens?.accessToken
    this.#end(null)
    if (!accessToken) return
    // Whatever the platform answers, this page has forgotten the tokens; they end by themselves.
    const headers = new Headers({ authorization: `Bearer ${accessToken}` })
    await sendOperation(this.#url, { query: logout }, headers).catch(() => {})
  }

  /**
   * Sends one operation as whoever is signed in, exchanging the tokens first when they are about to end.
   *
   * @param typed headers that the person wrote; they win over the session's own
   * @throws when the session has ended meanwhile, or the gateway cannot be reached
   */
  async send(operation: Operation, typed: Record<string, string> = {}): Promise<Answer> {
    const headers = new Headers(typed)
    const asViewer = this.#tokens !== null && !headers.has('authorization')
    if (asViewer) headers.set('authorization', `Bearer ${await this.#currentAccessToken()}`)
    const answer = await sendOperation(this.#url, operation, headers)
    // Not sent again: only a person may decide to repeat a mutation.
    if (asViewer && codesOf(answer).includes('UNAUTHENTICATED')) await this.#refresh().catch(() => {})
    return answer
  }

  async #currentAccessToken(): Promise<string> {
    if (this.#tokens && this.#clock.now() >= this.#tokens.refreshAtMs) await this.#refresh()
    if (!this.#tokens) throw new Error(ended)
    return this.#tokens.accessToken
  }

  async #loadViewer(): Promise<void> {
    const answer = await this.send({ query: viewer })
    const found = answer.data?.viewer as Viewer | undefined
    if (!found) throw new Error(firstMessage(answer) ?? 'The platform does not say who you are.')
    this.#become({ kind: 'signed-in', viewer: found })
  }

  /** One refresh at a time: a refresh token works once, and a second use of it ends the session everywhere. */
  #refresh(): Promise<void> {
    this.#refreshing ??= this.#exchange().finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
  }

  async #exchange(): Promise<void> {
    const before = this.#tokens
    if (!before) return
    const answer = await sendOperation<{ refreshSession: TokenFields }>(this.#url, {
      query: refreshSession,
      variables: { input: { refreshToken: before.refreshToken } },
    })
    if (this.#tokens !== before) return
    if (answer.data?.refreshSession) this.#keep(answer.data.refreshSession)
    else if (codesOf(answer).some((code) => passingTroubles.includes(code))) throw new Error(firstMessage(answer))
    else this.#end(ended)
  }

  #keep(fields: TokenFields): void {
    const { accessToken, refreshToken } = fields
    const freshMs = fields.expiresIn * 1000 * usedShare
    this.#tokens = { accessToken, refreshToken, refreshAtMs: this.#clock.now() + freshMs }
    this.#cancelRefresh()
    // What fails now is tried again by the next operation.
    this.#cancelRefresh = this.#clock.later(() => void this.#refresh().catch(() => {}), freshMs)
  }

  #end(notice: string | null): void {
    this.#tokens = null
    this.#cancelRefresh()
    this.#become({ kind: 'signed-out', notice })
  }

  #become(state: SessionState): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}

function firstMessage(answer: Answer<unknown>): string | undefined {
  return answer.errors?.[0]?.message
}

function codesOf(answer: Answer<unknown>): string[] {
  return answer.errors?.flatMap((error) => error.extensions?.code ?? []) ?? []
}
