import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { anonymousCaller, systemOrganizationId } from '#platform/caller/caller'
import { newId } from '#platform/id'
import { newOrganization, password } from '../../../tests/kit/organizations.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { identityConfig } from '../config.ts'
import { logIn } from '../session/log-in.ts'
import { SignInBusyError } from '../session/session.errors.ts'
import { identity } from '../subgraph.ts'
import { acceptInvitation } from '../user/accept-invitation.ts'
import { inviteUser } from '../user/invite-user.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(identity, identityConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** Moves the clock of this process, in which the subgraph runs too. */
function pass(seconds: number): void {
  const now = Date.now()
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.setSystemTime(now + seconds * 1_000)
}

let count = Math.floor(Math.random() * 2 ** 24)
/** An address that nobody else has in this test run. */
const newAddress = () => {
  count += 1
  return `10.${(count >> 16) & 255}.${(count >> 8) & 255}.${count & 255}`
}
const login =
  'mutation ($email: String!, $password: String!) { login(input: { email: $email, password: $password }) { __typename } }'

test('an address begins at most thirty passkey sign-ins a minute, also when all come at once', async () => {
  const [one, other] = [newAddress(), newAddress()]
  const begin = async (address: string) =>
    (await subgraph.ask(anonymousCaller(address), 'mutation { startPasskeyLogin { challengeToken } }')).errors?.[0]
      ?.extensions.code ?? 'ok'
  const outcomes = await Promise.all(Array.from({ length: 40 }, () => begin(one)))
  expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(30)
  expect(new Set(outcomes)).toEqual(new Set(['ok', 'RATE_LIMITED']))
  expect(await begin(other)).toBe('ok')
  pass(61)
  expect(await begin(one)).toBe('ok')
})

interface From {
  readonly address?: string | null
  readonly userAgent?: string
}
/** What came of a sign-in: `ok`, or the code of the refusal. */
async function attempt(email: string, secret: string, { address = newAddress(), userAgent = 'test' }: From = {}) {
  const { errors } = await subgraph.ask(anonymousCaller(address, userAgent), login, { email, password: secret })
  return errors?.[0]?.extensions.code ?? 'ok'
}
const wrong = (email: string, from?: From) => attempt(email, 'not the password at all', from)
const right = (email: string, from?: From) => attempt(email, password, from)
const times = <T>(n: number, work: () => Promise<T>) => Promise.all(Array.from({ length: n }, work))
const tally = (codes: readonly string[]) =>
  Object.fromEntries([...new Set(codes)].sort().map((code) => [code, codes.filter((each) => each === code).length]))
/** Wrong sign-ins from ever new addresses, one after the other. */
async function fail(email: string, n: number): Promise<void> {
  for (let i = 0; i < n; i += 1) await wrong(email)
}

const recordsOf = (organizationId: string) =>
  subgraph.db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [organizationId])
    const rows = await em.execute<{ data: { action: string; context: { detail: object } } }[]>(
      'select data from identity.outbox order by sequence',
    )
    return rows.map((row) => row.data)
  })

test('of fifty sign-ins at the same moment exactly five reach the password, of a known account and an unknown one alike', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const hashed = vi.spyOn(Object.getPrototypeOf(subgraph.ctxFor(anonymousCaller(null)).parts.hasher), 'verify')
  for (const account of [email, `nobody-${newId()}@example.com`]) {
    hashed.mockClear()
    const address = newAddress()
    const codes = await times(50, () => wrong(account, { address }))
    expect(tally(codes)).toEqual({ RATE_LIMITED: 45, SIGN_IN_REFUSED: 5 })
    expect(hashed).toHaveBeenCalledTimes(5)
  }
})

test('a refusal says how long to wait, in the same words whether there is such an account or not', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const answers = []
  for (const account of [email, `nobody-${newId()}@example.com`]) {
    const caller = anonymousCaller(newAddress())
    await times(5, () => wrong(account, { address: caller.address }))
    answers.push((await subgraph.ask(caller, login, { email: account, password })).errors?.[0])
  }
  expect(answers[0]).toMatchObject({
    message: 'Too many attempts. Wait a while, then try again.',
    extensions: { code: 'RATE_LIMITED', details: { retryAfterSeconds: expect.any(Number) } },
  })
  for (const answer of answers) {
    const { retryAfterSeconds } = (answer?.extensions.details ?? {}) as { retryAfterSeconds?: number }
    expect(retryAfterSeconds).toBeGreaterThan(50)
    expect(retryAfterSeconds).toBeLessThanOrEqual(60)
  }
  expect({ ...answers[0], extensions: null }).toEqual({ ...answers[1], extensions: null })
})

test('the right password is refused like any other while the limit holds, and works a minute later', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const address = newAddress()
  await times(5, () => wrong(email, { address }))
  expect(await right(email, { address })).toBe('RATE_LIMITED')
  pass(61)
  expect(await right(email, { address })).toBe('ok')
})

test('an account is counted once however it is spelled, and each network of IPv6 once', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const network = `2001:db8:${newId().slice(9, 13)}:${newId().slice(-4)}`
  for (let i = 1; i <= 5; i += 1)
    await wrong(i % 2 ? email : ` ${email.toUpperCase()} `, { address: `${network}::${i}` })
  expect(await wrong(email, { address: `${network}::99` })).toBe('RATE_LIMITED')
})

test('who signs in often is not slowed down', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const address = newAddress()
  for (let i = 0; i < 7; i += 1) {
    if (i % 2 === 1) expect(await wrong(email, { address })).toBe('SIGN_IN_REFUSED')
    expect(await right(email, { address })).toBe('ok')
  }
})

test('one address tries at most thirty times a minute over all accounts, and its own sign-ins give none back', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const address = newAddress()
  const codes: string[] = []
  for (let i = 0; i < 31; i += 1) {
    if (i % 10 === 0 && i < 30) expect(await right(email, { address })).toBe('ok')
    codes.push(await wrong(`spray-${newId()}@example.com`, { address }))
  }
  expect(tally(codes)).toEqual({ RATE_LIMITED: 1, SIGN_IN_REFUSED: 30 })
  expect(await right(email, { address })).toBe('RATE_LIMITED')
  expect(await right(email)).toBe('ok')
})

test('an account that many addresses try gets ever slower for strangers, and never for a client it signed in from', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const own = { address: newAddress(), userAgent: 'the browser of the owner' }
  expect(await right(email, own)).toBe('ok')
  await fail(email, 10)
  expect(await right(email)).toBe('RATE_LIMITED')
  expect(await right(email, { ...own, userAgent: 'another' })).toBe('RATE_LIMITED')
  expect(await wrong(email, own)).toBe('SIGN_IN_REFUSED')
  expect(await right(email, own)).toBe('ok')
  pass(1.1)
  expect(await wrong(email)).toBe('SIGN_IN_REFUSED')
  pass(1.1)
  expect(await wrong(email)).toBe('RATE_LIMITED')
  pass(1)
  expect(await wrong(email)).toBe('SIGN_IN_REFUSED')
})

test('ten strangers at the same moment are not more than ten one after the other', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  expect(tally(await times(30, () => wrong(email)))).toEqual({ RATE_LIMITED: 20, SIGN_IN_REFUSED: 10 })
})

test('even after a thousand failures a stranger who knows the password waits five minutes at most, and then starts anew', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  await fail(email, 10)
  await subgraph.db.orm.em
    .fork()
    .execute(`update identity.attempt_bucket set state = state || '{"failures": 1000}' where key = ?`, [
      subgraph.ctxFor(anonymousCaller(null)).parts.attempts.keys.of('delay', 'password', email),
    ])
  pass(2)
  expect(await wrong(email)).toBe('SIGN_IN_REFUSED')
  pass(299)
  expect(await right(email)).toBe('RATE_LIMITED')
  pass(2)
  expect(await right(email)).toBe('ok')
  expect(await wrong(email)).toBe('SIGN_IN_REFUSED')
  expect(await right(email)).toBe('ok')
})

test('an unknown account gets slower like a known one', async () => {
  const account = `nobody-${newId()}@example.com`
  await fail(account, 10)
  expect(await wrong(account)).toBe('RATE_LIMITED')
})

test('an attempt that nobody had time to decide does not count', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const caller = anonymousCaller(newAddress())
  const ctx = subgraph.ctxFor(caller)
  const busy = vi.spyOn(ctx.parts.hasher, 'verify').mockRejectedValue(new SignInBusyError())
  for (let i = 0; i < 20; i += 1)
    await expect(logIn(ctx, { email, password })).rejects.toMatchObject({ code: 'SIGN_IN_BUSY' })
  busy.mockRestore()
  await expect(logIn(ctx, { email, password })).resolves.toMatchObject({ tokenType: 'Bearer' })
})

test('of a flood of refusals one a minute is recorded where the account is, with the number of the others', async () => {
  const { email, organizationId } = await newOrganization(subgraph.ctxFor)
  const own = { address: newAddress(), userAgent: 'known here' }
  await right(email, own)
  await times(25, () => wrong(email, own))
  const limited = async () => (await recordsOf(organizationId)).filter(({ action }) => action === 'attempt.limited')
  expect(await limited()).toMatchObject([
    {
      outcome: 'refused',
      actor: { type: 'anonymous', id: null },
      context: {
        address: own.address,
        detail: { purpose: 'password', limit: 'account-and-address', unrecordedBefore: 0 },
      },
    },
  ])
  pass(61)
  await times(6, () => wrong(email, { ...own, userAgent: 'a stranger with their own failures' }))
  expect((await limited()).map(({ context }) => context.detail)).toMatchObject([{}, { unrecordedBefore: 19 }])
})

test('refusals of an unknown account are recorded for the operator, and hold no e-mail address', async () => {
  const account = `nobody-${newId()}@example.com`
  const address = newAddress()
  await times(7, () => wrong(account, { address }))
  const records = (await recordsOf(systemOrganizationId)).filter(
    ({ action, context }) => action === 'attempt.limited' && 'address' in context && context.address === address,
  )
  expect(records).toHaveLength(1)
  expect(JSON.stringify(records)).not.toContain(account)
})

test('the table holds neither accounts nor addresses, and forgets what is over', async () => {
  const address = newAddress()
  const email = `trace-${newId()}@example.com`
  await wrong(email, { address, userAgent: 'an agent of its own' })
  const em = subgraph.db.orm.em.fork()
  const rows = await em.execute<{ key: string; state: object }[]>('select key, state from identity.attempt_bucket')
  expect(rows.length).toBeGreaterThan(2)
  for (const trace of [email, address, 'an agent of its own']) expect(JSON.stringify(rows)).not.toContain(trace)
  const { keys } = subgraph.ctxFor(anonymousCaller(address)).parts.attempts
  const own = [
    keys.of('address', address),
    keys.of('delay', 'password', email),
    keys.of('pair', 'password', email, address),
  ]
  const left = async () => {
    const all = await em.execute<{ key: string }[]>('select key from identity.attempt_bucket')
    return own.filter((name) => all.some(({ key }) => key === name))
  }
  expect(await left()).toEqual(own)
  pass(2 * 86_400)
  // Each attempt removes up to twenty; other tests make some meanwhile.
  for (let i = 0; i < rows.length && (await left()).length > 0; i += 1) await wrong(`later-${newId()}@example.com`)
  expect(await left()).toEqual([])
})

test('an invitation is no second door to an account’s password: its attempts are counted with those of signing in', async () => {
  const theirs = await newOrganization(subgraph.ctxFor)
  const ours = await newOrganization(subgraph.ctxFor)
  const { token } = await inviteUser(subgraph.ctxFor(ours.caller), { email: theirs.email, roles: ['viewer'] })
  const address = newAddress()
  const accept = (secret: string) =>
    acceptInvitation(subgraph.ctxFor(anonymousCaller(address)), {
      token: token ?? '',
      name: 'Olive',
      password: secret,
    }).catch((error: { code: string }) => error.code)
  for (let i = 0; i < 3; i += 1) expect(await accept('not the password at all')).toBe('INVITATION_INVALID')
  for (let i = 0; i < 2; i += 1) expect(await wrong(theirs.email, { address })).toBe('SIGN_IN_REFUSED')
  expect(await accept(password)).toBe('RATE_LIMITED')
  pass(61)
  expect(await accept(password)).toMatchObject({ id: theirs.owner.id })
})
