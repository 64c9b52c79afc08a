import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { anonymousCaller, type Caller, systemCaller, systemOrganizationId } from '#platform/caller/caller'
import { newId } from '#platform/id'
import { createLogger } from '#platform/log/logger'
import { createMetrics } from '#platform/telemetry/metrics'
import { type MailServer, openMailServer } from '../../../tests/kit/mail-server.ts'
import { memberCaller, newOrganization, password } from '../../../tests/kit/organizations.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { waitFor } from '../../../tests/kit/wait-for.ts'
import { identityConfig } from '../config.ts'
import type { IdentityCtx } from '../identity.context.ts'
import { requestPasswordReset } from '../password/request-password-reset.ts'
import { resetPassword } from '../password/reset-password.ts'
import { logIn } from '../session/log-in.ts'
import { identity } from '../subgraph.ts'
import { acceptInvitation } from '../user/accept-invitation.ts'
import { inviteUser } from '../user/invite-user.ts'
import { composeLetter } from './compose-letter.ts'
import { createMailCounter } from './mail.metrics.ts'
import { MailDelivery } from './mail-delivery.ts'
import { MailOutbox } from './mail-outbox.ts'
import { isTlsRequired, openSmtp } from './smtp.ts'

const from = 'ForgeOps <robot@forgeops.example.com>'
const secondPassword = 'nine blue lamps at the harbour'
let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(identity, identityConfig)
let server: MailServer
let logged = ''
beforeAll(async () => {
  subgraph = await open()
  server = await openMailServer()
})
afterAll(async () => {
  await server.close()
  await subgraph.close()
})
beforeEach(async () => {
  server.state.mood = 'well'
  server.state.asked = 0
  server.received.length = 0
  logged = ''
  await subgraph.db.orm.em.fork().execute('delete from identity.mail')
})

/** As on a node with a mail server, whose log is read here. */
function ctxOf(caller: Caller): IdentityCtx {
  const ctx = subgraph.ctxFor(caller)
  const log = createLogger(
    { service: 'identity', version: '0', environment: 'test', level: 'debug' },
    {
      write: (line: string) => {
        logged += line
      },
    },
  )
  return { ...ctx, log, parts: { ...ctx.parts, mail: new MailOutbox(ctx.parts.box, true) } }
}
const anonymous = (address = '203.0.113.9') => ctxOf(anonymousCaller(address))
const system = () => ctxOf(systemCaller(systemOrganizationId))
function newDelivery(url = server.url, deadlineMs = 5_000, attemptsMax = 12) {
  const counter = createMailCounter(createMetrics('identity'))
  const smtp = openSmtp({ url, from, deadlineMs })
  return new MailDelivery({ newCtx: system, smtp, compose: composeLetter, counter, attemptsMax, pollMs: 20 })
}
const deliver = async (delivery = newDelivery()) => {
  while (await delivery.deliverOne(system()));
}
const waiting = () =>
  subgraph.db.orm.em
    .fork()
    .execute<{ sealed: string; kind: string; attempts: number; wait: string }[]>(
      'select sealed, kind, attempts, extract(epoch from due_at - now()) as wait from identity.mail',
    )
const makeDue = () => subgraph.db.orm.em.fork().execute('update identity.mail set due_at = now()')
const tokenIn = (text: string) => /^[\w-]{80,}$/m.exec(text)?.[0] ?? ''
const someone = () => `someone-${newId()}@example.com`

test('with a mail server the invited person gets the token, and whoever invited does not', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor, 'Acme <b>\r\nBcc: http://evil.example.com')
  const email = someone()
  const invitation = await inviteUser(ctxOf(caller), { email, roles: ['viewer'] })
  expect(invitation.token).toBeNull()
  await deliver()
  expect(server.received).toMatchObject([
    { to: [email], from: 'robot@forgeops.example.com', subject: 'You are invited to ForgeOps' },
  ])
  const { text } = server.received[0] ?? { text: '' }
  expect(text).toContain('“Acme  b   Bcc  http   evil example com”')
  const user = await acceptInvitation(anonymous(), { token: tokenIn(text), name: 'Ivy Invited', password })
  expect(user.email).toBe(email)
  expect(await waiting()).toEqual([])
})

test('an address that looks like several is one recipient', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  for (const email of [`a,b${newId()}@example.com`, `"x"<y${newId()}@example.com`]) {
    await inviteUser(ctxOf(caller), { email, roles: ['viewer'] })
    await deliver()
  }
  expect(server.received.flatMap(({ to }) => to).every((to) => to.endsWith('@example.com'))).toBe(true)
  expect(server.received.every(({ to }) => to.length === 1)).toBe(true)
})

test('a letter for a new password reaches the account’s owner, and nothing is sent to an address without one', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  await requestPasswordReset(anonymous(), { email: someone() })
  await requestPasswordReset(anonymous(), { email: ` ${email.toUpperCase()} ` })
  await deliver()
  expect(server.received).toMatchObject([{ to: [email], subject: 'A new password for ForgeOps' }])
  expect(await waiting()).toEqual([])
  await resetPassword(anonymous(), { token: tokenIn(server.received[0]?.text ?? ''), newPassword: secondPassword })
  await expect(logIn(anonymous(), { email, password })).rejects.toMatchObject({ code: 'SIGN_IN_REFUSED' })
  await expect(logIn(anonymous(), { email, password: secondPassword })).resolves.toBeDefined()
  await deliver()
  expect(server.received[1]).toMatchObject({ to: [email], subject: 'Your password for ForgeOps was changed' })
})

test('an account gets three letters for a new password in an hour, and an address causes twenty, quietly', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const [one, other] = [`198.51.100.${randomInt(250)}`, `192.0.2.${randomInt(250)}`]
  for (let i = 0; i < 5; i += 1) expect(await requestPasswordReset(anonymous(`${one}`), { email })).toBe(true)
  expect(await requestPasswordReset(anonymous(other), { email: email.toUpperCase() })).toBe(true)
  expect(await waiting()).toHaveLength(3)
  for (let i = 0; i < 20; i += 1) await requestPasswordReset(anonymous(one), { email: someone() })
  expect(await waiting()).toHaveLength(20)
  expect(await requestPasswordReset(anonymous(other), { email: someone() })).toBe(true)
  expect(await waiting()).toHaveLength(21)
})

test('asking for a new password costs the same statements whether there is such an account or not', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const statementsFor = async (address: string) => {
    subgraph.statements.length = 0
    expect(await requestPasswordReset(anonymous(), { email: address })).toBe(true)
    return subgraph.statements.map((sql) => sql.replace(/'[^']*'/g, '?').slice(0, 60))
  }
  const known = await statementsFor(email)
  expect(known.length).toBeGreaterThan(2)
  expect(await statementsFor(someone())).toEqual(known)
})

test('of two letters for a new password only the later one’s token is good', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  for (const _ of [1, 2]) {
    await requestPasswordReset(anonymous(), { email })
    await deliver()
  }
  const [first, second] = server.received.map(({ text }) => tokenIn(text))
  const reset = (token = '') => resetPassword(anonymous(), { token, newPassword: secondPassword })
  await expect(reset(first)).rejects.toMatchObject({ code: 'PASSWORD_RESET_INVALID' })
  await expect(reset(second)).resolves.toBe(true)
})

test('a letter that waits says nothing of whom it is for to who reads the table', async () => {
  const { caller, email } = await newOrganization(subgraph.ctxFor)
  await inviteUser(ctxOf(caller), { email, roles: ['viewer'] })
  await requestPasswordReset(anonymous(), { email })
  const rows = await waiting()
  expect(rows.map(({ kind }) => kind).sort()).toEqual(['invitation', 'password-reset-asked'])
  expect(JSON.stringify(rows)).not.toContain(email)
})

test.each(['busy', 'silent'] as const)(
  'a letter is kept and tried again later while its server is %s',
  async (mood) => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    const email = someone()
    await inviteUser(ctxOf(caller), { email, roles: ['viewer'] })
    server.state.mood = mood
    const startedAt = Date.now()
    await deliver(newDelivery(server.url, 300))
    expect(Date.now() - startedAt).toBeLessThan(5_000)
    expect(await waiting()).toMatchObject([{ attempts: 1 }])
    const waits: number[] = []
    for (let i = 0; i < 3; i += 1) {
      waits.push(Math.round(Number((await waiting())[0]?.wait)))
      await makeDue()
      await deliver(newDelivery(server.url, 300))
    }
    expect(waits.map((seconds) => Math.round(seconds / 30))).toEqual([1, 2, 4])
    server.state.mood = 'well'
    await makeDue()
    await deliver()
    expect(server.received.map(({ to }) => to)).toEqual([[email]])
    expect(await waiting()).toEqual([])
  },
)

test('a letter waits for a server that is down', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  await inviteUser(ctxOf(caller), { email: someone(), roles: ['viewer'] })
  const gone = await openMailServer()
  await gone.close()
  await deliver(newDelivery(gone.url))
  expect(await waiting()).toMatchObject([{ attempts: 1 }])
  expect(logged).toContain('mail not sent yet')
})

test('a letter whose recipient does not exist, whose tries are used up or whose time is over is given up, aloud', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const order = () => inviteUser(ctxOf(caller), { email: someone(), roles: ['viewer'] })
  await order()
  server.state.mood = 'unknown'
  await deliver()
  expect(await waiting()).toEqual([])
  await order()
  server.state.mood = 'busy'
  await deliver(newDelivery(server.url, 1_000, 1))
  expect(await waiting()).toEqual([])
  await order()
  server.state.mood = 'well'
  await subgraph.db.orm.em.fork().execute('update identity.mail set expires_at = now()')
  await deliver()
  expect(await waiting()).toEqual([])
  expect(server.received).toEqual([])
  expect(logged.match(/mail given up/g)).toHaveLength(3)
})

test('neither an address nor a token nor what a server says of them is logged', async () => {
  const { caller, email } = await newOrganization(subgraph.ctxFor)
  const invited = someone()
  for (const mood of ['unknown', 'busy', 'silent', 'well'] as const) {
    server.state.mood = mood
    await inviteUser(ctxOf(caller), { email: invited, roles: ['viewer'] })
    await requestPasswordReset(anonymous(), { email })
    await deliver(newDelivery(server.url, 300))
    await makeDue()
  }
  await deliver()
  expect(logged).toContain('EENVELOPE 550')
  for (const secret of [invited, email, 'is not wanted', ...server.received.map(({ text }) => tokenIn(text))])
    expect(logged).not.toContain(secret)
})

test('several nodes send each letter once', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const addresses = Array.from({ length: 12 }, someone)
  for (const email of addresses) await inviteUser(ctxOf(caller), { email, roles: ['viewer'] })
  const nodes = Array.from({ length: 3 }, () => newDelivery())
  onTestFinished(async () => {
    await Promise.all(nodes.map((node) => node.close()))
  })
  for (const node of nodes) node.start()
  await waitFor('the letters', async () => (await waiting()).length === 0)
  expect(server.received.flatMap(({ to }) => to).sort()).toEqual(addresses.toSorted())
})

test('an attempt that its node did not survive is made again, as the same letter', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  await inviteUser(ctxOf(caller), { email: someone(), roles: ['viewer'] })
  const deaf = { counter: createMailCounter(createMetrics('identity')), newCtx: system, compose: composeLetter }
  const smtp = openSmtp({ url: server.url, from })
  const dying = new MailDelivery({
    ...deaf,
    smtp: {
      async send(letter, id) {
        await smtp.send(letter, id)
        throw new Error('The node died before it knew.')
      },
    },
  })
  await dying.deliverOne(system())
  await makeDue()
  await deliver()
  const ids = server.received.map(({ messageId }) => messageId)
  expect(ids).toHaveLength(2)
  expect(ids[1]).toBe(ids[0])
})

test('without a mail server the inviter gets the token once, and no letter waits for anybody', async () => {
  const { caller, email } = await newOrganization(subgraph.ctxFor)
  const answer = await subgraph.ask(
    caller,
    'mutation ($email: String!) { inviteUser(input: { email: $email }) { token } }',
    { email: someone() },
  )
  expect(tokenIn((answer.data as { inviteUser: { token: string } } | null)?.inviteUser.token ?? '')).not.toBe('')
  const reset = await subgraph.ask(
    anonymousCaller('203.0.113.9'),
    'mutation ($email: String!) { requestPasswordReset(input: { email: $email }) }',
    { email },
  )
  expect(reset).toEqual({ data: { requestPasswordReset: true } })
  expect(await waiting()).toEqual([])
})

test('a link carries its token after the #, where no server of the page sees it', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const ctx = ctxOf(memberCaller(caller.organizationId, ['owner']))
  const withPage = { ...ctx, parts: { ...ctx.parts, accountUrl: 'https://app.example.com/account?from=mail' } }
  const letter = await composeLetter(withPage, {
    kind: 'password-reset',
    to: 'a@example.com',
    token: 'tok',
    minutes: 45,
  })
  expect(letter?.text).toContain('https://app.example.com/account?from=mail#reset-password=tok\n')
})

test.each([
  ['smtp://mail.example.com', true],
  ['smtp://10.0.0.5:25', true],
  ['smtp://10.0.0.5:25?tls=off', false],
  ['smtp://localhost', false],
  ['smtp://[::1]', false],
  ['smtp://localhost?tls=on', true],
])('a letter to %s waits for TLS: %s', (url, required) => {
  expect(isTlsRequired(new URL(url))).toBe(required)
})

test('nothing is said in the clear to a server that should know TLS and does not', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  await inviteUser(ctxOf(caller), { email: someone(), roles: ['viewer'] })
  await deliver(newDelivery(`${server.url}?tls=on`))
  expect(logged).toContain('ETLS')
  expect(server.state.asked).toBe(0)
  await makeDue()
  await deliver(newDelivery(server.url))
  expect(server.received).toHaveLength(1)
})
