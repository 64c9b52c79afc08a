import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { anonymousCaller, type Caller } from '#platform/caller/caller'
import { write } from '#platform/db/write'
import { memberCaller, newOrganization, password } from '../../../tests/kit/organizations.ts'
import { addAuthenticator, authenticatorOf } from '../../../tests/kit/second-factor.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { identityConfig } from '../config.ts'
import { identity } from '../subgraph.ts'
import { challengeOrOpen } from './challenge-or-open.ts'
import { proveFactor } from './prove-factor.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(identity, identityConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())
afterEach(() => {
  vi.useRealTimers()
})

const anonymous = anonymousCaller('203.0.113.9', 'browser')
type Data = Record<string, never> & {
  login: { challengeToken: string; methods: string[]; enrollmentRequired: boolean }
}
const login = async (email: string) => {
  const answer = await subgraph.ask(
    anonymous,
    `mutation ($email: String!, $password: String!) { login(input: { email: $email, password: $password }) {
      __typename ... on MfaChallenge { challengeToken methods enrollmentRequired passkeyOptions } ... on SessionTokens { accessToken } } }`,
    { email, password },
  )
  return (answer.data as unknown as Data).login
}
const complete = (input: Record<string, unknown>, by = anonymous) =>
  subgraph.ask(
    by,
    'mutation ($input: CompleteLoginInput!) { completeLogin(input: $input) { accessToken refreshToken user { id } } }',
    { input },
  )
const codeOf = (answer: Awaited<ReturnType<typeof complete>>) => answer.errors?.[0]?.extensions.code
const claimsOf = (answer: Awaited<ReturnType<typeof complete>>) => {
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
const challengesOf = ({ caller, owner }: Awaited<ReturnType<typeof withAuthenticator>>, count: number) =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const answer = await challengeOrOpen(subgraph.ctxFor(caller), owner, { at: new Date(), methods: ['pwd'] })
      if (!('challengeToken' in answer)) throw new Error('No challenge.')
      return answer.challengeToken
    }),
  )

async function withAuthenticator() {
  const organization = await newOrganization(subgraph.ctxFor)
  const authenticator = await addAuthenticator(subgraph.ctxFor, organization.caller)
  return { ...organization, authenticator }
}
/** As if time stood still, so that no step ends between two lines of a test. */
const stopTime = () => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })

test('with an authenticator in use the password gives a challenge and no session, and a code completes it', async () => {
  const { email, authenticator, owner, organizationId } = await withAuthenticator()
  const challenge = await login(email)
  expect(challenge).toMatchObject({
    __typename: 'MfaChallenge',
    methods: ['TOTP', 'RECOVERY_CODE'],
    enrollmentRequired: false,
    passkeyOptions: null,
  })
  expect(challenge).not.toHaveProperty('accessToken')
  const answer = await complete({ challengeToken: challenge.challengeToken, totpCode: authenticator.code() })
  expect(claimsOf(answer)).toMatchObject({ sub: owner.id, org: organizationId, amr: ['pwd', 'otp', 'mfa'] })
})

test('each step of a sign-in is recorded: whose it is, how it was proven, and who failed to', async () => {
  const { email, authenticator, owner, organizationId } = await withAuthenticator()
  const { challengeToken } = await login(email)
  await complete({ challengeToken, totpCode: '000000' === authenticator.code() ? '111111' : '000000' })
  await complete({ challengeToken, totpCode: authenticator.code() })
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
  const person = await withAuthenticator()
  const challenges = await challengesOf(person, 20)
  stopTime()
  const totpCode = person.authenticator.code()
  const answers = await Promise.all(challenges.map((challengeToken) => complete({ challengeToken, totpCode })))
  expect(answers.filter((answer) => answer.errors === undefined)).toHaveLength(1)
})

test.each(['totp', 'recovery-code'] as const)(
  'of twenty transactions that take the same code at the same moment one has it: %s',
  async (kind) => {
    const { caller, owner, authenticator } = await withAuthenticator()
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
  const { email, authenticator } = await withAuthenticator()
  const { challengeToken } = await login(email)
  stopTime()
  const given = [
    { totpCode: authenticator.code() },
    ...authenticator.recoveryCodes.slice(0, 4).map((recoveryCode) => ({ recoveryCode })),
  ]
  const answers = await Promise.all(given.map((each) => complete({ challengeToken, ...each })))
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
    const { email, authenticator, caller } = await withAuthenticator()
    const { secret } = authenticator
    // The code that confirmed it was of the step before, which is spent: go back before it.
    await subgraph.db.orm.em.fork().execute('update identity.totp set last_step = 0 where user_id = ?', [caller.userId])
    const { challengeToken } = await login(email)
    const answer = await complete({ challengeToken, totpCode: authenticatorOf(secret).code(steps) })
    expect([steps, answer.errors === undefined]).toEqual([steps, taken])
  }
})

test('an earlier code is not taken after a later one', async () => {
  const { email, authenticator } = await withAuthenticator()
  stopTime()
  expect(
    (await complete({ challengeToken: (await login(email)).challengeToken, totpCode: authenticator.code(1) })).errors,
  ).toBeUndefined()
  expect(
    codeOf(await complete({ challengeToken: (await login(email)).challengeToken, totpCode: authenticator.code(0) })),
  ).toBe('FACTOR_REFUSED')
})

const wrong = (authenticator: { code(steps?: number): string }) => {
  const right = [-2, -1, 0, 1, 2].map((steps) => authenticator.code(steps))
  return ['123456', '234567', '345678', '456789', '567890', '678901'].find((code) => !right.includes(code)) ?? ''
}

test('five wrong codes end a challenge: the right one comes too late, also when all come at once from many addresses', async () => {
  const { email, authenticator } = await withAuthenticator()
  const { challengeToken } = await login(email)
  stopTime()
  const from = (n: number, totpCode: string) => complete({ challengeToken, totpCode }, anonymousCaller(`192.0.2.${n}`))
  const answers = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((n) => from(n, wrong(authenticator))))
  expect(answers.map(codeOf).sort()).toEqual([
    ...Array(2).fill('CHALLENGE_INVALID'),
    ...Array(5).fill('FACTOR_REFUSED'),
  ])
  expect(codeOf(await from(8, authenticator.code()))).toBe('CHALLENGE_INVALID')
})

test('who knows the password has five guesses a minute at the code, whatever the number of challenges', async () => {
  const person = await withAuthenticator()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  const [first = '', second = ''] = await challengesOf(person, 2)
  const guess = (challengeToken: string) => complete({ challengeToken, totpCode: wrong(person.authenticator) })
  const codes = []
  for (const token of [first, first, first, second, second, second]) codes.push(codeOf(await guess(token)))
  expect(codes).toEqual([...Array(5).fill('FACTOR_REFUSED'), 'RATE_LIMITED'])
  vi.setSystemTime(Date.now() + 61_000)
  const totpCode = person.authenticator.code()
  expect((await complete({ challengeToken: second, totpCode })).errors).toBeUndefined()
})

test('a challenge ends after ten minutes', async () => {
  const { email, authenticator } = await withAuthenticator()
  const now = Date.now()
  const { challengeToken } = await login(email)
  vi.useFakeTimers({ toFake: ['Date'], now: now + 11 * 60_000 })
  expect(codeOf(await complete({ challengeToken, totpCode: authenticator.code() }))).toBe('CHALLENGE_INVALID')
})

test('a made-up challenge, one of another purpose and one that is over are refused in the same words', async () => {
  const { email, authenticator, caller } = await withAuthenticator()
  const { challengeToken } = await login(email)
  await complete({ challengeToken, totpCode: authenticator.code() })
  const { data } = await subgraph.ask(caller, 'mutation { startPasskeyRegistration { challengeToken } }')
  const other = (data as unknown as { startPasskeyRegistration: { challengeToken: string } }).startPasskeyRegistration
  const answers = await Promise.all(
    ['nonsense', challengeToken, other.challengeToken].map((token) =>
      complete({ challengeToken: token, totpCode: '123456' }),
    ),
  )
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect(codeOf(answers[0] as never)).toBe('CHALLENGE_INVALID')
})

test('a recovery code works once, even when it is given to twenty challenges at the same moment, however it is typed', async () => {
  const person = await withAuthenticator()
  const { authenticator } = person
  expect(new Set(authenticator.recoveryCodes).size).toBe(10)
  const typed = (authenticator.recoveryCodes[3] ?? '').toLowerCase().replaceAll('-', ' ')
  const challenges = await challengesOf(person, 20)
  const answers = await Promise.all(
    challenges.map((challengeToken) => complete({ challengeToken, recoveryCode: typed })),
  )
  expect(answers.filter((answer) => answer.errors === undefined)).toHaveLength(1)
})

test('neither the secret nor a recovery code stands in the database as it is', async () => {
  const { authenticator, owner } = await withAuthenticator()
  const em = subgraph.db.orm.em.fork()
  const [totp] = await em.execute('select * from identity.totp where user_id = ?', [owner.id])
  const codes = await em.execute('select * from identity.recovery_code where user_id = ?', [owner.id])
  const stored = JSON.stringify([totp, codes])
  expect(codes).toHaveLength(10)
  expect(stored).not.toContain(authenticator.secret)
  for (const code of authenticator.recoveryCodes) {
    expect(stored).not.toContain(code)
    expect(stored).not.toContain(code.replaceAll('-', ''))
  }
})

test('an authenticator counts only when a code has shown that it has the secret, and its code is spent by that', async () => {
  const { caller, email } = await newOrganization(subgraph.ctxFor)
  const enroll = await subgraph.ask(caller, 'mutation { enrollTotp { secret uri } }')
  const { secret, uri } = (enroll.data as unknown as { enrollTotp: { secret: string; uri: string } }).enrollTotp
  expect(Buffer.from(secret, 'ascii').length * 5).toBeGreaterThanOrEqual(160)
  expect(uri).toContain(`secret=${secret}`)
  expect(await login(email)).toMatchObject({ __typename: 'SessionTokens' })
  stopTime()
  const confirm = (code: string) =>
    subgraph.ask(
      caller,
      'mutation ($code: String!) { confirmTotp(input: { code: $code }) { recoveryCodes tokens { accessToken } } }',
      { code },
    )
  const authenticator = authenticatorOf(secret)
  expect((await confirm(wrong(authenticator))).errors?.[0]?.extensions.code).toBe('FACTOR_REFUSED')
  const answers = await Promise.all(Array.from({ length: 5 }, () => confirm(authenticator.code())))
  expect(answers.filter((answer) => answer.errors === undefined)).toMatchObject([
    {
      data: {
        confirmTotp: {
          recoveryCodes: expect.arrayContaining([expect.stringMatching(/^(\w{4}-){5}\w{4}$/)]),
          tokens: null,
        },
      },
    },
  ])
  const { challengeToken } = await login(email)
  expect(codeOf(await complete({ challengeToken, totpCode: authenticator.code() }))).toBe('FACTOR_REFUSED')
})

test('a new authenticator takes the place of the old one when it is confirmed, not before, and the paper codes stay', async () => {
  const { caller, email, authenticator } = await withAuthenticator()
  stopTime()
  const enroll = await subgraph.ask(caller, 'mutation { enrollTotp { secret } }')
  const next = authenticatorOf((enroll.data as unknown as { enrollTotp: { secret: string } }).enrollTotp.secret)
  const tryWith = async (code: string) =>
    codeOf(await complete({ challengeToken: (await login(email)).challengeToken, totpCode: code }))
  expect(await tryWith(authenticator.code())).toBeUndefined()
  const confirm = await subgraph.ask(
    caller,
    'mutation ($code: String!) { confirmTotp(input: { code: $code }) { recoveryCodes } }',
    { code: next.code() },
  )
  expect(confirm).toEqual({ data: { confirmTotp: { recoveryCodes: null } } })
  expect(await tryWith(authenticator.code(1))).toBe('FACTOR_REFUSED')
  expect(await tryWith(next.code(1))).toBeUndefined()
})

test('new recovery codes end the old ones', async () => {
  const { caller, email, authenticator } = await withAuthenticator()
  const { data } = await subgraph.ask(caller, 'mutation { regenerateRecoveryCodes }')
  const { regenerateRecoveryCodes: codes } = data as unknown as { regenerateRecoveryCodes: string[] }
  const { challengeToken } = await login(email)
  expect(codeOf(await complete({ challengeToken, recoveryCode: authenticator.recoveryCodes[0] }))).toBe(
    'FACTOR_REFUSED',
  )
  expect((await complete({ challengeToken, recoveryCode: codes[0] })).errors).toBeUndefined()
})

const stale = (caller: Caller): Caller => ({ ...caller, authTime: Math.floor(Date.now() / 1000) - 301 })

test('whoever proved who they are more than five minutes ago changes no factor and resets none', async () => {
  const { caller, owner } = await withAuthenticator()
  const changes = [
    'enrollTotp { secret }',
    'confirmTotp(input: { code: "123456" }) { recoveryCodes }',
    'disableTotp { totp }',
    'regenerateRecoveryCodes',
    'startPasskeyRegistration { options }',
    'finishPasskeyRegistration(input: { challengeToken: "x", response: {}, name: "x" }) { recoveryCodes }',
    `deletePasskey(input: { passkeyId: "${owner.id}" }) { totp }`,
    `resetFactors(input: { userId: "${owner.id}" }) { id }`,
    'updateOrganization(input: { mfaRequiredRoles: [] }) { id }',
  ]
  for (const change of changes) {
    const answer = await subgraph.ask(stale(caller), `mutation { ${change} }`)
    expect([change, answer.errors?.[0]?.extensions.code]).toEqual([change, 'STEP_UP_REQUIRED'])
  }
})

test('without the token of a sign-in nobody adds a factor', async () => {
  for (const change of ['enrollTotp { secret }', 'startPasskeyRegistration { options }']) {
    const answer = await subgraph.ask(anonymous, `mutation { ${change} }`)
    expect(answer.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
  }
})

test('an authenticator that is put out of use is asked for no more, and the paper codes go with it', async () => {
  const { caller, email, owner } = await withAuthenticator()
  expect(await subgraph.ask(caller, 'mutation { disableTotp { totp recoveryCodesLeft required } }')).toEqual({
    data: { disableTotp: { totp: false, recoveryCodesLeft: 0, required: false } },
  })
  expect(await login(email)).toMatchObject({ __typename: 'SessionTokens' })
  expect((await subgraph.ask(memberCaller(caller.organizationId, [], owner.id), '{ mfa { totp } }')).data).toEqual({
    mfa: { totp: false },
  })
})
