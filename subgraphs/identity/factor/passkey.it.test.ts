import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anonymousCaller, type Caller } from '#platform/caller/caller'
import { openBrowser } from '../../../tests/kit/browser.ts'
import { newOrganization, password } from '../../../tests/kit/organizations.ts'
import { openPasskeyPage, type PasskeyPage, servePage } from '../../../tests/kit/passkey-page.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { identityConfig } from '../config.ts'
import { identity } from '../subgraph.ts'

let subgraph: Awaited<ReturnType<typeof open>>
let browser: Browser
let site: Awaited<ReturnType<typeof servePage>>
let otherSite: Awaited<ReturnType<typeof servePage>>
const open = () =>
  openSubgraph(identity, (environment) => identityConfig({ ...environment, WEBAUTHN_ORIGINS: site.origin }))
beforeAll(async () => {
  ;[site, otherSite, browser] = await Promise.all([servePage(), servePage(), openBrowser()])
  subgraph = await open()
})
afterAll(async () => {
  await browser?.close()
  site.close()
  otherSite.close()
  await subgraph.close()
})

const anonymous = anonymousCaller('203.0.113.9', 'browser')
interface Challenge {
  readonly challengeToken: string
  readonly methods: readonly string[]
  readonly passkeyOptions: { readonly challenge: string; readonly allowCredentials?: object[] }
}
/** Asks for one field. @returns its value, or the code of the refusal */
async function ask<T>(caller: Caller, field: string, variables: Record<string, unknown> = {}, head = ''): Promise<T> {
  const answer = await subgraph.ask(caller, `mutation ${head} { it: ${field} }`, variables)
  return (answer.errors?.[0]?.extensions.code ?? (answer.data as unknown as { it: T }).it) as T
}
const challengeFields = 'challengeToken methods enrollmentRequired passkeyOptions'
const login = (email: string) =>
  ask<Challenge>(
    anonymous,
    `login(input: { email: $email, password: $password }) { ... on MfaChallenge { ${challengeFields} } }`,
    { email, password },
    '($email: String!, $password: String!)',
  )
const startPasskeyLogin = () => ask<Challenge>(anonymous, `startPasskeyLogin { ${challengeFields} }`)
const complete = (challengeToken: string, passkey: object) =>
  ask<{ accessToken: string } | string>(
    anonymous,
    'completeLogin(input: { challengeToken: $challengeToken, passkey: $passkey }) { accessToken }',
    { challengeToken, passkey },
    '($challengeToken: String!, $passkey: JSON!)',
  )
const claimsOf = (answer: { accessToken: string } | string) =>
  typeof answer === 'string'
    ? answer
    : JSON.parse(Buffer.from(answer.accessToken.split('.')[1] ?? '', 'base64url').toString())

async function newPage(origin = site.origin): Promise<PasskeyPage> {
  const page = await openPasskeyPage(browser, origin)
  return page
}
const begin = (caller: Caller) =>
  ask<{ challengeToken: string; options: object }>(caller, 'startPasskeyRegistration { challengeToken options }')
const finish = (caller: Caller, challengeToken: string, response: object, name = 'Laptop') =>
  ask<{ passkey: { id: string }; recoveryCodes: string[] | null } | string>(
    caller,
    'finishPasskeyRegistration(input: { challengeToken: $challengeToken, response: $response, name: $name }) { passkey { id name transports backedUp lastUsedAt } recoveryCodes tokens { accessToken } }',
    { challengeToken, response, name },
    '($challengeToken: String!, $response: JSON!, $name: String!)',
  )
async function withPasskey() {
  const organization = await newOrganization(subgraph.ctxFor)
  const page = await newPage()
  const { challengeToken, options } = await begin(organization.caller)
  const added = await finish(organization.caller, challengeToken, await page.create(options))
  return { ...organization, page, added }
}

test('a passkey that a browser made is kept with what is known of it, and the first one brings paper codes', async () => {
  const { added, caller } = await withPasskey()
  expect(added).toMatchObject({
    passkey: { name: 'Laptop', transports: ['internal'], lastUsedAt: null },
    recoveryCodes: expect.arrayContaining([expect.any(String)]),
    tokens: null,
  })
  const list = await subgraph.ask(caller, '{ passkeys { name } mfa { totp recoveryCodesLeft passkeys { name } } }')
  expect(list.data).toEqual({
    passkeys: [{ name: 'Laptop' }],
    mfa: { totp: false, recoveryCodesLeft: 10, passkeys: [{ name: 'Laptop' }] },
  })
})

test('after the password a passkey completes the sign-in', async () => {
  const { email, page, owner } = await withPasskey()
  const challenge = await login(email)
  expect(challenge.methods).toEqual(['PASSKEY', 'RECOVERY_CODE'])
  const claims = claimsOf(await complete(challenge.challengeToken, await page.get(challenge.passkeyOptions)))
  expect(claims).toMatchObject({ sub: owner.id, amr: ['pwd', 'hwk', 'user', 'mfa'] })
})

test('a passkey alone signs in, and nothing is told before of whose it is', async () => {
  const { page, owner, organizationId } = await withPasskey()
  const challenge = await startPasskeyLogin()
  expect(challenge.passkeyOptions).not.toHaveProperty('allowCredentials')
  expect(challenge.passkeyOptions).toMatchObject({ rpId: 'localhost', userVerification: 'required' })
  const claims = claimsOf(await complete(challenge.challengeToken, await page.get(challenge.passkeyOptions)))
  expect(claims).toMatchObject({ sub: owner.id, org: organizationId, amr: ['hwk', 'user', 'mfa'] })
})

test('alone it must have made sure that it is its owner; after the password it need not', async () => {
  const { email, page } = await withPasskey()
  await page.setUserVerified(false)
  const unverified = (options: object) => page.get({ ...options, userVerification: 'discouraged' })
  const alone = await startPasskeyLogin()
  expect(await complete(alone.challengeToken, await unverified(alone.passkeyOptions))).toBe('FACTOR_REFUSED')
  const second = await login(email)
  const claims = claimsOf(await complete(second.challengeToken, await unverified(second.passkeyOptions)))
  expect(claims).toMatchObject({ amr: ['pwd', 'hwk', 'mfa'] })
})

test('an answer made for another page is refused, on sign-in and on registration', async () => {
  const { email, page, caller } = await withPasskey()
  const phishing = await newPage(otherSite.origin)
  const [stolen] = await page.credentials()
  await phishing.put({ signCount: 0, ...stolen, credentialId: stolen?.credentialId ?? '' })
  const challenge = await login(email)
  expect(await complete(challenge.challengeToken, await phishing.get(challenge.passkeyOptions))).toBe('FACTOR_REFUSED')
  const alone = await startPasskeyLogin()
  expect(await complete(alone.challengeToken, await phishing.get(alone.passkeyOptions))).toBe('FACTOR_REFUSED')
  const { challengeToken, options } = await begin(caller)
  const made = await phishing.create({ ...options, excludeCredentials: [] })
  expect(await finish(caller, challengeToken, made)).toBe('FACTOR_REFUSED')
})

test('an answer is good for its own challenge, once', async () => {
  const { email, page } = await withPasskey()
  const first = await login(email)
  const answer = await page.get(first.passkeyOptions)
  expect(await complete((await login(email)).challengeToken, answer)).toBe('FACTOR_REFUSED')
  expect(claimsOf(await complete(first.challengeToken, answer))).toMatchObject({ amr: expect.any(Array) })
  expect(await complete(first.challengeToken, answer)).toBe('CHALLENGE_INVALID')
  expect(await complete((await login(email)).challengeToken, answer)).toBe('FACTOR_REFUSED')
  expect(await complete((await startPasskeyLogin()).challengeToken, answer)).toBe('FACTOR_REFUSED')
})

test('of an answer sent many times at once one is taken', async () => {
  const { email, page } = await withPasskey()
  const { challengeToken, passkeyOptions } = await login(email)
  const answer = await page.get(passkeyOptions)
  const answers = await Promise.all([1, 2, 3, 4].map(() => complete(challengeToken, answer)))
  expect(answers.filter((each) => typeof each !== 'string')).toHaveLength(1)
})

test('a counter that goes back, as that of a copy does, is refused, and the record says why', async () => {
  const { email, page, organizationId } = await withPasskey()
  const [before] = await page.credentials()
  for (const _ of [1, 2]) {
    const challenge = await login(email)
    expect(typeof (await complete(challenge.challengeToken, await page.get(challenge.passkeyOptions)))).toBe('object')
  }
  const [now] = await page.credentials()
  expect(now?.signCount).toBeGreaterThan(before?.signCount ?? 0)
  const copy = await newPage()
  await copy.put({ signCount: 0, ...before, credentialId: before?.credentialId ?? '' })
  const challenge = await login(email)
  expect(await complete(challenge.challengeToken, await copy.get(challenge.passkeyOptions))).toBe('FACTOR_REFUSED')
  const records = await subgraph.db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [organizationId])
    return em.execute('select data from identity.outbox order by sequence')
  })
  expect(records.at(-1)?.data).toMatchObject({
    action: 'session.refused',
    context: { detail: { method: 'passkey', reason: 'passkey-counter' } },
  })
})

test('a passkey of somebody else does not complete a sign-in', async () => {
  const theirs = await withPasskey()
  const mine = await withPasskey()
  const { challengeToken, passkeyOptions } = await login(theirs.email)
  const answer = await mine.page.get({ ...passkeyOptions, allowCredentials: [] })
  expect(await complete(challengeToken, answer)).toBe('FACTOR_REFUSED')
})

test('a changed signature and an answer of another shape are refused', async () => {
  const { email, page } = await withPasskey()
  const { challengeToken, passkeyOptions } = await login(email)
  const answer = (await page.get(passkeyOptions)) as { response: { signature: string } }
  const signature = Buffer.from(answer.response.signature, 'base64url')
  signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1
  const response = { ...answer.response, signature: signature.toString('base64url') }
  expect(await complete(challengeToken, { ...answer, response })).toBe('FACTOR_REFUSED')
  for (const odd of [{}, { id: 1 }, { ...answer, response: {} }, []])
    expect(await complete(challengeToken, odd)).toBe('BAD_USER_INPUT')
  expect(typeof (await complete(challengeToken, answer))).toBe('object')
})

test('a registration is good for one passkey, of the user who began it', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const other = await newOrganization(subgraph.ctxFor)
  const page = await newPage()
  const { challengeToken, options } = await begin(caller)
  const made = await page.create(options)
  expect(await finish(other.caller, challengeToken, made)).toBe('CHALLENGE_INVALID')
  expect(typeof (await finish(caller, challengeToken, made))).toBe('object')
  expect(await finish(caller, challengeToken, made)).toBe('CHALLENGE_INVALID')
})

test('a passkey that is removed signs in no more', async () => {
  const { caller, page, added, email } = await withPasskey()
  const { passkey } = added as { passkey: { id: string } }
  const stranger = await newOrganization(subgraph.ctxFor)
  const remove = (by: Caller) =>
    ask(by, 'deletePasskey(input: { passkeyId: $id }) { passkeys { id } }', { id: passkey.id }, '($id: ID!)')
  expect(await remove(stranger.caller)).toBe('NOT_FOUND')
  expect(await remove(caller)).toEqual({ passkeys: [] })
  const alone = await startPasskeyLogin()
  expect(await complete(alone.challengeToken, await page.get(alone.passkeyOptions))).toBe('FACTOR_REFUSED')
  expect(await login(email)).not.toHaveProperty('challengeToken')
})
