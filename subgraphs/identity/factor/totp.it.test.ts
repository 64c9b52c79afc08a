import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { anonymousCaller } from '#platform/caller/caller'
import { write } from '#platform/db/write'
import { authenticatorOf, wrongCodeOf } from '../../../tests/kit/second-factor.ts'
import { codeOf, openSignInSteps, type SignInSteps } from '../../../tests/kit/sign-in-steps.ts'
import { challengeOrOpen } from './challenge-or-open.ts'
import { proveFactor } from './prove-factor.ts'

let subgraph: SignInSteps['subgraph']
let signIn: SignInSteps
beforeAll(async () => {
  signIn = await openSignInSteps()
  subgraph = signIn.subgraph
})
afterAll(() => subgraph.close())
afterEach(() => {
  vi.useRealTimers()
})

const claimsOf = (answer: Awaited<ReturnType<SignInSteps['complete']>>) => {
  const { accessToken } = (answer.data as unknown as { completeLogin: { accessToken: string } }).completeLogin
  return JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString())
}
const recordsOf = (organizationId: string) =>
  subgraph.db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [organizationId])
    const rows = await em.execute<{ data: { action: string } }[]>('select data from identity.outbox order by sequence')
    return rows.map((row) => row.data)
  })

/** Challenges as a right password opens them, without the work of as many passwords. */
const challengesOf = ({ caller, owner }: Awaited<ReturnType<SignInSteps['withAuthenticator']>>, count: number) =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const answer = await challengeOrOpen(subgraph.ctxFor(caller), owner, { at: new Date(), methods: ['pwd'] })
      if (!('challengeToken' in answer)) throw new Error('No challenge.')
      return answer.challengeToken
    }),
  )

/** As if time stood still, so that no step ends between two lines of a test. */
const stopTime = () => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })

test('with an authenticator in use the password gives a challenge and no session, and a code completes it', async () => {
  const { email, authenticator, owner, organizationId } = await signIn.withAuthenticator()
  const challenge = await signIn.login(email)
  expect(challenge).toMatchObject({
    __typename: 'MfaChallenge',
    methods: ['TOTP', 'RECOVERY_CODE'],
    enrollmentRequired: false,
    passkeyOptions: null,
  })
  expect(challenge).not.toHaveProperty('accessToken')
  const answer = await signIn.complete({ challengeToken: challenge.challengeToken, totpCode: authenticator.code() })
  expect(claimsOf(answer)).toMatchObject({ sub: owner.id, org: organizationId, amr: ['pwd', 'otp', 'mfa'] })
})

test('each step of a sign-in is recorded: whose it is, how it was proven, and who failed to', async () => {
  const { email, authenticator, owner, organizationId } = await signIn.withAuthenticator()
  const { challengeToken } = await signIn.login(email)
  await signIn.complete({ challengeToken, totpCode: '000000' === authenticator.code() ? '111111' : '000000' })
  await signIn.complete({ challengeToken, totpCode: authenticator.code() })
  const user = { type: 'user', id: owner.id }
  expect((await recordsOf(organizationId)).slice(-3)).toMatchObject([
    {
      action: 'session.challenged',
      outcome: 'succeeded',
      actor: user,
      context: { detail: { methods: ['TOTP', 'RECOVERY_CODE'] } },
    },
    {
      action: 'session.refused',
      outcome: 'refused',
      actor: { type: 'anonymous', id: null },
      targets: [user],
      context: { address: '203.0.113.9', userAgent: 'browser', detail: { method: 'totp', reason: 'totp-wrong' } },
    },
    {
      action: 'session.created',
      outcome: 'succeeded',
      actor: user,
      context: { detail: { methods: ['pwd', 'otp', 'mfa'] } },
    },
  ])
})

test('a code works once, even when it is given to twenty challenges at the same moment', async () => {
  const person = await signIn.withAuthenticator()
  const challenges = await challengesOf(person, 20)
  stopTime()
  const totpCode = person.authenticator.code()
  const answers = await Promise.all(challenges.map((challengeToken) => signIn.complete({ challengeToken, totpCode })))
  expect(answers.filter((answer) => answer.errors === undefined)).toHaveLength(1)
})

test.each(['totp', 'recovery-code'] as const)(
  'of twenty transactions that take the same code at the same moment one has it: %s',
  async (kind) => {
    const { caller, owner, authenticator } = await signIn.withAuthenticator()
    stopTime()
    const ctx = subgraph.ctxFor(caller)
    const code = kind === 'totp' ? authenticator.code() : (authenticator.recoveryCodes[0] ?? '')
    const proofs = await Promise.all(
      Array.from({ length: 20 }, () =>
        write(ctx, 'test.proven', (tx) =>
          proveFactor(ctx, tx, { kind, code }, { userId: owner.id, challenge: null, verified: false }),
        ),
      ),
    )
    expect(proofs.filter(({ ok }) => ok)).toHaveLength(1)
  },
)

test('a challenge is met once, even by many good codes at the same moment', async () => {
  const { email, authenticator } = await signIn.withAuthenticator()
  const { challengeToken } = await signIn.login(email)
  stopTime()
  const given = [
    { totpCode: authenticator.code() },
    ...authenticator.recoveryCodes.slice(0, 4).map((recoveryCode) => ({ recoveryCode })),
  ]
  const answers = await Promise.all(given.map((each) => signIn.complete({ challengeToken, ...each })))
  expect(answers.filter((answer) => answer.errors === undefined)).toHaveLength(1)
})

test('the codes of the step before and the step after are taken, those further away are not', async () => {
  stopTime()
  for (const [steps, taken] of [
    [-2, false],
    [-1, true],
    [0, true],
    [1, true],
    [2, false],
  ] as const) {
    const { email, authenticator, caller } = await signIn.withAuthenticator()
    const { secret } = authenticator
    // The code that confirmed it was of the step before, which is spent: go back before it.
    await subgraph.db.orm.em.fork().execute('update identity.totp set last_step = 0 where user_id = ?', [caller.userId])
    const { challengeToken } = await signIn.login(email)
    const answer = await signIn.complete({ challengeToken, totpCode: authenticatorOf(secret).code(steps) })
    expect([steps, answer.errors === undefined]).toEqual([steps, taken])
  }
})

test('an earlier code is not taken after a later one', async () => {
  const { email, authenticator } = await signIn.withAuthenticator()
  stopTime()
  expect(
    (
      await signIn.complete({
        challengeToken: (await signIn.login(email)).challengeToken,
        totpCode: authenticator.code(1),
      })
    ).errors,
  ).toBeUndefined()
  expect(
    codeOf(
      await signIn.complete({
        challengeToken: (await signIn.login(email)).challengeToken,
        totpCode: authenticator.code(0),
      }),
    ),
  ).toBe('FACTOR_REFUSED')
})

test('five wrong codes end a challenge: the right one comes too late, also when all come at once from many addresses', async () => {
  const { email, authenticator } = await signIn.withAuthenticator()
  const { challengeToken } = await signIn.login(email)
  stopTime()
  const from = (n: number, totpCode: string) =>
    signIn.complete({ challengeToken, totpCode }, anonymousCaller(`192.0.2.${n}`))
  const answers = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((n) => from(n, wrongCodeOf(authenticator))))
  expect(answers.map(codeOf).sort()).toEqual([
    ...Array(2).fill('CHALLENGE_INVALID'),
    ...Array(5).fill('FACTOR_REFUSED'),
  ])
  expect(codeOf(await from(8, authenticator.code()))).toBe('CHALLENGE_INVALID')
})

test('who knows the password has five guesses a minute at the code, whatever the number of challenges', async () => {
  const person = await signIn.withAuthenticator()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  const [first = '', second = ''] = await challengesOf(person, 2)
  const guess = (challengeToken: string) =>
    signIn.complete({ challengeToken, totpCode: wrongCodeOf(person.authenticator) })
  const codes = []
  for (const token of [first, first, first, second, second, second]) codes.push(codeOf(await guess(token)))
  expect(codes).toEqual([...Array(5).fill('FACTOR_REFUSED'), 'RATE_LIMITED'])
  vi.setSystemTime(Date.now() + 61_000)
  const totpCode = person.authenticator.code()
  expect((await signIn.complete({ challengeToken: second, totpCode })).errors).toBeUndefined()
})

test('a challenge ends after ten minutes', async () => {
  const { email, authenticator } = await signIn.withAuthenticator()
  const now = Date.now()
  const { challengeToken } = await signIn.login(email)
  vi.useFakeTimers({ toFake: ['Date'], now: now + 11 * 60_000 })
  expect(codeOf(await signIn.complete({ challengeToken, totpCode: authenticator.code() }))).toBe('CHALLENGE_INVALID')
})

test('a made-up challenge, one of another purpose and one that is over are refused in the same words', async () => {
  const { email, authenticator, caller } = await signIn.withAuthenticator()
  const { challengeToken } = await signIn.login(email)
  await signIn.complete({ challengeToken, totpCode: authenticator.code() })
  const { data } = await subgraph.ask(caller, 'mutation { startPasskeyRegistration { challengeToken } }')
  const other = (data as unknown as { startPasskeyRegistration: { challengeToken: string } }).startPasskeyRegistration
  const answers = await Promise.all(
    ['nonsense', challengeToken, other.challengeToken].map((token) =>
      signIn.complete({ challengeToken: token, totpCode: '123456' }),
    ),
  )
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect(codeOf(answers[0] as never)).toBe('CHALLENGE_INVALID')
})

test('a recovery code works once, even when it is given to twenty challenges at the same moment, however it is typed', async () => {
  const person = await signIn.withAuthenticator()
  const { authenticator } = person
  expect(new Set(authenticator.recoveryCodes).size).toBe(10)
  const typed = (authenticator.recoveryCodes[3] ?? '').toLowerCase().replaceAll('-', ' ')
  const challenges = await challengesOf(person, 20)
  const answers = await Promise.all(
    challenges.map((challengeToken) => signIn.complete({ challengeToken, recoveryCode: typed })),
  )
  expect(answers.filter((answer) => answer.errors === undefined)).toHaveLength(1)
})
