import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Clock } from './clock.ts'
import { Session } from './session.ts'

type Seen = { query: string; variables?: { input: Record<string, string> }; authorization: string | undefined }
type Respond = (seen: Seen) => unknown

const tokens = (n: number) => ({
  __typename: 'SessionTokens',
  accessToken: `access-${n}`,
  refreshToken: `refresh-${n}`,
  expiresIn: 100,
})
const viewer = { user: { name: 'Olive', email: 'olive@example.com' }, organization: { name: 'Acme' }, roles: ['owner'] }
const refused = (code: string, message = code) => ({ errors: [{ message, extensions: { code } }] })

class TestClock implements Clock {
  #nowMs = 0
  #task: { run: () => void; atMs: number } | null = null
  now = () => this.#nowMs
  later = (run: () => void, delayMs: number) => {
    this.#task = { run, atMs: this.#nowMs + delayMs }
    return () => {
      this.#task = null
    }
  }
  /** Moves on, and tells whether the task of that time was due. */
  advance(ms: number): boolean {
    this.#nowMs += ms
    const task = this.#task
    if (!task || task.atMs > this.#nowMs) return false
    this.#task = null
    task.run()
    return true
  }
  /** As a sleeping laptop: time passes and no timer fires. */
  sleep(ms: number): void {
    this.#nowMs += ms
  }
}

describe('a playground session', () => {
  let server: Server
  let session: Session
  let clock: TestClock
  let seen: Seen[]
  let respond: Respond

  beforeEach(async () => {
    seen = []
    let issued = 0
    respond = ({ query }) => {
      if (query.includes('login(')) return { data: { login: tokens(++issued) } }
      if (query.includes('refreshSession(')) return { data: { refreshSession: tokens(++issued) } }
      return { data: { viewer } }
    }
    server = createServer(async (request, response) => {
      const operation: Seen = { ...JSON.parse(await text(request)), authorization: request.headers.authorization }
      seen.push(operation)
      const answer = respond(operation)
      response.writeHead(answer === null ? 502 : 200).end(answer === null ? '<html>' : JSON.stringify(answer))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    clock = new TestClock()
    session = new Session(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`, clock)
  })

  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const refreshes = () => seen.filter(({ query }) => query.includes('refreshSession('))
  const bearerOfNext = async () => {
    await session.send({ query: '{ a }' })
    return seen.at(-1)?.authorization
  }
  const signIn = () => session.signIn('olive@example.com', 'secret')

  it('signs in and says who is signed in', async () => {
    await signIn()
    expect(session.state()).toEqual({ kind: 'signed-in', viewer })
    expect(seen[0]?.variables).toEqual({ input: { email: 'olive@example.com', password: 'secret' } })
    expect(seen[1]?.authorization).toBe('Bearer access-1')
  })

  it('says in the platform’s own words why a sign-in was refused', async () => {
    respond = () => refused('SIGN_IN_REFUSED', 'The e-mail address or the password is wrong.')
    await signIn()
    expect(session.state()).toEqual({ kind: 'signed-out', notice: 'The e-mail address or the password is wrong.' })
  })

  const challenge = {
    __typename: 'MfaChallenge',
    challengeToken: 'challenge-1',
    methods: ['TOTP', 'RECOVERY_CODE'],
    enrollmentRequired: false,
    passkeyOptions: null,
  }
  const challenged = (complete: Respond) => {
    const before = respond
    respond = (operation) => {
      if (operation.query.includes('completeLogin(')) return complete(operation)
      return operation.query.includes('login(') ? { data: { login: challenge } } : before(operation)
    }
    return signIn()
  }

  it.each([
    ['123 456', { totpCode: '123 456' }],
    [' 7k2m-aaaa-bbbb-cccc-dddd-eeee ', { recoveryCode: '7k2m-aaaa-bbbb-cccc-dddd-eeee' }],
  ])('asks for the second factor of an account, and signs in with %j', async (code, proof) => {
    await challenged(() => ({ data: { completeLogin: tokens(7) } }))
    expect(session.state()).toMatchObject({
      kind: 'challenged',
      challenge: { methods: challenge.methods },
      busy: false,
    })
    await session.giveCode(code)
    expect(session.state()).toEqual({ kind: 'signed-in', viewer })
    expect(seen[1]?.variables?.input).toEqual({ challengeToken: 'challenge-1', ...proof })
    expect(seen[2]?.authorization).toBe('Bearer access-7')
  })

  it('lets a wrong code be tried again, and starts anew when the challenge is over', async () => {
    let code = 'FACTOR_REFUSED'
    await challenged(() => refused(code, 'This is not right.'))
    await session.giveCode('123456')
    expect(session.state()).toMatchObject({ kind: 'challenged', notice: 'This is not right.' })
    code = 'CHALLENGE_INVALID'
    await session.giveCode('123456')
    expect(session.state()).toEqual({ kind: 'signed-out', notice: 'This is not right.' })
  })

  it('says so when a second factor must be added first', async () => {
    respond = () => ({ data: { login: { ...challenge, methods: [], enrollmentRequired: true } } })
    await signIn()
    expect(session.state()).toMatchObject({ kind: 'signed-out', notice: expect.stringContaining('second factor') })
  })

  it('says so when something other than the gateway answers', async () => {
    respond = () => null
    await signIn()
    expect(session.state()).toMatchObject({ kind: 'signed-out', notice: expect.stringContaining('HTTP 502') })
  })

  it('exchanges its tokens before they end, without being asked', async () => {
    await signIn()
    expect(clock.advance(79_000)).toBe(false)
    expect(clock.advance(1_000)).toBe(true)
    await expect.poll(() => refreshes().length).toBe(1)
    await expect.poll(bearerOfNext).toBe('Bearer access-2')
  })

  it('exchanges them once for many operations after a sleep', async () => {
    await signIn()
    clock.sleep(10_000_000)
    await Promise.all(['{ a }', '{ b }', '{ c }'].map((query) => session.send({ query })))
    expect(refreshes()).toHaveLength(1)
    expect(seen.slice(-3).map(({ authorization }) => authorization)).toEqual(Array(3).fill('Bearer access-2'))
  })

  it('ends with a notice when the platform refuses the exchange', async () => {
    await signIn()
    respond = () => refused('REFRESH_REFUSED')
    clock.sleep(10_000_000)
    await expect(session.send({ query: '{ a }' })).rejects.toThrow('session has ended')
    expect(session.state()).toMatchObject({ kind: 'signed-out', notice: expect.stringContaining('session has ended') })
  })

  it('outlives a passing trouble of the platform', async () => {
    await signIn()
    respond = () => refused('SUBGRAPH_UNAVAILABLE', 'Identity is away.')
    clock.sleep(10_000_000)
    await expect(session.send({ query: '{ a }' })).rejects.toThrow('Identity is away.')
    expect(session.state().kind).toBe('signed-in')
  })

  it('never sends an operation twice, and ends when the platform no longer knows it', async () => {
    await signIn()
    respond = ({ query }) => refused(query.includes('refreshSession(') ? 'REFRESH_REFUSED' : 'UNAUTHENTICATED')
    const answer = await session.send({ query: 'mutation { once }' })
    expect(answer.errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
    expect(seen.filter(({ query }) => query === 'mutation { once }')).toHaveLength(1)
    expect(session.state().kind).toBe('signed-out')
  })

  it('lets a typed Authorization header win, whatever its case', async () => {
    await signIn()
    respond = () => refused('UNAUTHENTICATED')
    await session.send({ query: '{ a }' }, { Authorization: 'Bearer typed' })
    expect(seen.at(-1)?.authorization).toBe('Bearer typed')
    expect(session.state().kind).toBe('signed-in')
  })

  it('forgets its tokens on sign-out at once, and tells the platform', async () => {
    await signIn()
    const told = session.signOut()
    expect(session.state()).toEqual({ kind: 'signed-out', notice: null })
    await told
    expect(seen.at(-1)).toMatchObject({ query: expect.stringContaining('logout'), authorization: 'Bearer access-1' })
    await session.send({ query: '{ a }' })
    expect(seen.at(-1)?.authorization).toBeUndefined()
    expect(clock.advance(10_000_000)).toBe(false)
  })
})
