import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { Caller } from '#platform/caller/caller'
import { memberCaller, newOrganization } from '../../../tests/kit/organizations.ts'
import { authenticatorOf, wrongCodeOf } from '../../../tests/kit/second-factor.ts'
import { anonymous, codeOf, openSignInSteps, type SignInSteps } from '../../../tests/kit/sign-in-steps.ts'

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

/** As if time stood still, so that no step ends between two lines of a test. */
const stopTime = () => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })

test('neither the secret nor a recovery code stands in the database as it is', async () => {
  const { authenticator, owner } = await signIn.withAuthenticator()
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
  expect(await signIn.login(email)).toMatchObject({ __typename: 'SessionTokens' })
  stopTime()
  const confirm = (code: string) =>
    subgraph.ask(
      caller,
      'mutation ($code: String!) { confirmTotp(input: { code: $code }) { recoveryCodes tokens { accessToken } } }',
      { code },
    )
  const authenticator = authenticatorOf(secret)
  expect((await confirm(wrongCodeOf(authenticator))).errors?.[0]?.extensions.code).toBe('FACTOR_REFUSED')
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
  const { challengeToken } = await signIn.login(email)
  expect(codeOf(await signIn.complete({ challengeToken, totpCode: authenticator.code() }))).toBe('FACTOR_REFUSED')
})

test('a new authenticator takes the place of the old one when it is confirmed, not before, and the paper codes stay', async () => {
  const { caller, email, authenticator } = await signIn.withAuthenticator()
  stopTime()
  const enroll = await subgraph.ask(caller, 'mutation { enrollTotp { secret } }')
  const next = authenticatorOf((enroll.data as unknown as { enrollTotp: { secret: string } }).enrollTotp.secret)
  const tryWith = async (code: string) =>
    codeOf(await signIn.complete({ challengeToken: (await signIn.login(email)).challengeToken, totpCode: code }))
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
  const { caller, email, authenticator } = await signIn.withAuthenticator()
  const { data } = await subgraph.ask(caller, 'mutation { regenerateRecoveryCodes }')
  const { regenerateRecoveryCodes: codes } = data as unknown as { regenerateRecoveryCodes: string[] }
  const { challengeToken } = await signIn.login(email)
  expect(codeOf(await signIn.complete({ challengeToken, recoveryCode: authenticator.recoveryCodes[0] }))).toBe(
    'FACTOR_REFUSED',
  )
  expect((await signIn.complete({ challengeToken, recoveryCode: codes[0] })).errors).toBeUndefined()
})

const stale = (caller: Caller): Caller => ({ ...caller, authTime: Math.floor(Date.now() / 1000) - 301 })

test('whoever proved who they are more than five minutes ago changes no factor and resets none', async () => {
  const { caller, owner } = await signIn.withAuthenticator()
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
  const { caller, email, owner } = await signIn.withAuthenticator()
  expect(await subgraph.ask(caller, 'mutation { disableTotp { totp recoveryCodesLeft required } }')).toEqual({
    data: { disableTotp: { totp: false, recoveryCodesLeft: 0, required: false } },
  })
  expect(await signIn.login(email)).toMatchObject({ __typename: 'SessionTokens' })
  expect((await subgraph.ask(memberCaller(caller.organizationId, [], owner.id), '{ mfa { totp } }')).data).toEqual({
    mfa: { totp: false },
  })
})
