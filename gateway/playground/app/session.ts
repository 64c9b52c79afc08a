import { browserClock, type Clock } from './clock.ts'
import { type Answer, codesOf, type Operation, sendOperation } from './send-operation.ts'
import type { SessionState, Viewer } from './session-state.ts'
import {
  askToSignIn,
  type Challenge,
  codeProof,
  completeSignIn,
  firstMessage,
  ProofRefused,
  passkeyProof,
  type TokenFields,
} from './sign-in.ts'

interface Tokens {
  accessToken: string
  refreshToken: string
  /** From when on they are exchanged before the next use. */
  refreshAtMs: number
}

const refreshSession = `mutation RefreshSession($input: RefreshSessionInput!) {
  refreshSession(input: $input) { accessToken refreshToken expiresIn }
}`
const viewer = 'query Viewer { viewer { user { name email } organization { name } roles scopes } }'
const switchTo = `mutation SwitchOrganization($input: SwitchOrganizationInput!) {
  switchOrganization(input: $input) { accessToken refreshToken expiresIn }
}`
const logout = 'mutation Logout { logout }'

const usedShare = 0.8
const passingTroubles = ['RATE_LIMITED', 'SUBGRAPH_UNAVAILABLE', 'INTERNAL_SERVER_ERROR']
const ended = 'Your session has ended. Sign in again to go on.'

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

  /**
   * Signs in with an account's email and password. Ends in `signed-in`, in `challenged` when a second factor is asked for,
   * or in `signed-out` with the reason.
   */
  async signIn(email: string, password: string): Promise<void> {
    this.#become({ kind: 'signing-in' })
    try {
      const answer = await askToSignIn(this.#url, email, password)
      if ('challengeToken' in answer) this.#become({ kind: 'challenged', challenge: answer, notice: null, busy: false })
      else await this.#enter(answer)
    } catch (error) {
      this.#end(wordsOf(error))
    }
  }

  /** Answers the challenge with a code. Ends in `signed-in`, in `challenged` when another may be tried, or `signed-out`. */
  readonly giveCode = (code: string): Promise<void> => this.#answer(async () => codeProof(code))

  /** The same with a passkey of this device. */
  readonly givePasskey = (): Promise<void> => this.#answer(passkeyProof)

  readonly cancelChallenge = (): void => this.#end(null)

  async #answer(prove: (challenge: Challenge) => Promise<object>): Promise<void> {
    if (this.#state.kind !== 'challenged') return
    const { challenge } = this.#state
    const again = (notice: string) => this.#become({ kind: 'challenged', challenge, notice, busy: false })
    this.#become({ kind: 'challenged', challenge, notice: null, busy: true })
    const proof = await prove(challenge).catch(() => undefined)
    if (proof === undefined) return again('No passkey was used. Try again, or give a code.')
    try {
      await this.#enter(await completeSignIn(this.#url, challenge, proof))
    } catch (error) {
      if (error instanceof ProofRefused) again(error.message)
      else this.#end(wordsOf(error))
    }
  }

  async #enter(tokens: TokenFields): Promise<void> {
    this.#keep(tokens)
    await this.#loadViewer()
  }

  /** Goes on in another organization of the same person, and ends the session at hand. @throws with words for the person */
  async switchOrganization(organizationId: string): Promise<void> {
    const answer = await this.send({ query: switchTo, variables: { input: { organizationId } } })
    const tokens = answer.data?.switchOrganization as TokenFields | undefined
    if (!tokens) throw new Error(firstMessage(answer) ?? 'The organization cannot be entered.')
    const left = this.#tokens?.accessToken
    await this.#enter(tokens)
    if (left) await this.#logOut(left)
  }

  /** Signs out here at once, and tells the platform to end the session. */
  async signOut(): Promise<void> {
    const accessToken = this.#tokens?.accessToken
    this.#end(null)
    if (accessToken) await this.#logOut(accessToken)
  }

  /** Whatever the platform answers, this page has forgotten the tokens; they end by themselves. */
  async #logOut(accessToken: string): Promise<void> {
    const headers = new Headers({ authorization: `Bearer ${accessToken}` })
    await sendOperation(this.#url, { query: logout }, headers).catch(() => {})
  }

  /**
   * Sends one operation as whoever is signed in, exchanging the tokens first when they are about to end.
   *
   * @param typed headers that the person wrote; they win over the session's own
   * @param below a path below that of operations
   * @throws when the session has ended meanwhile, or the gateway cannot be reached
   */
  async send(operation: Operation, typed: Record<string, string> = {}, below = ''): Promise<Answer> {
    const headers = new Headers(typed)
    const asViewer = this.#tokens !== null && !headers.has('authorization')
    if (asViewer) headers.set('authorization', `Bearer ${await this.#currentAccessToken()}`)
    const answer = await sendOperation(`${this.#url}${below}`, operation, headers)
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

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
