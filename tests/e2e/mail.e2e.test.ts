import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#platform/id'
import { type OpenHouse, openHouse } from '../kit/house.ts'
import { type MailServer, openMailServer } from '../kit/mail-server.ts'
import { newInvitation, type Person, seededOwner, signIn } from '../kit/people.ts'
import { waitFor } from '../kit/wait-for.ts'

const accountUrl = 'https://app.example.com/account'
const [password, secondPassword] = ['seven green kites over the bay', 'nine blue lamps at the harbour']
let server: MailServer
let house: OpenHouse
let owner: Person
beforeAll(async () => {
  server = await openMailServer()
  house = await openHouse({
    env: { SMTP_URL: server.url, MAIL_FROM: 'ForgeOps <robot@forgeops.example.com>', ACCOUNT_URL: accountUrl },
  })
  owner = await seededOwner(house)
})
afterAll(async () => {
  await house?.close()
  await server?.close()
})

/** The token in the first letter to somebody that has one after `purpose`. */
const tokenTo = (email: string, purpose: string): Promise<string> =>
  waitFor(`a letter about ${purpose}`, () => {
    const texts = server.received.filter(({ to }) => to.includes(email)).map(({ text }) => text)
    return texts.map((text) => text.split(`${accountUrl}#${purpose}=`)[1]?.split('\n')[0]).find((found) => found)
  })

test('a person is invited, joins and recovers a forgotten password by mail alone, and no log tells of it', async () => {
  const email = `ivy-${newId()}@example.com`
  const invitation = await newInvitation(house, owner, ['viewer'], email)
  expect(invitation.token).toBeNull()
  const invited = await tokenTo(email, 'accept-invitation')
  await house.data('mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { id } }', {
    variables: { input: { token: invited, name: 'Ivy Invited', password } },
  })
  const before = await signIn(house, { email, password })

  const ask = (address: string) =>
    house.ask('mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) }', {
      variables: { input: { email: address } },
    })
  const known = await ask(email)
  const unknown = await ask(`nobody-${newId()}@example.com`)
  expect(known.body).toEqual({ data: { requestPasswordReset: true } })
  expect(unknown.body).toEqual(known.body)
  const forgotten = await tokenTo(email, 'reset-password')
  const reset = () =>
    house.ask('mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) }', {
      variables: { input: { token: forgotten, newPassword: secondPassword } },
    })
  expect((await reset()).body).toEqual({ data: { resetPassword: true } })
  expect((await reset()).body.errors?.[0]?.extensions.code).toBe('PASSWORD_RESET_INVALID')
  await waitFor('the end of the session', async () => {
    const { body } = await house.ask('{ me { id } }', { token: before.token })
    return body.errors?.[0]?.extensions.code === 'UNAUTHENTICATED'
  })
  await expect(signIn(house, { email, password })).rejects.toThrow('SIGN_IN_REFUSED')
  expect((await signIn(house, { email, password: secondPassword })).id).toBe(before.id)
  await waitFor('the notice', () => server.received.some(({ subject }) => subject.includes('was changed')))

  const written = house.lines.map(({ text }) => text).join('\n')
  for (const secret of [email, invited, forgotten, password, secondPassword]) expect(written).not.toContain(secret)
})

test('a mail server that is away slows nobody down, and the letter goes out when it is back', async () => {
  const email = `late-${newId()}@example.com`
  server.state.mood = 'silent'
  const startedAt = Date.now()
  await newInvitation(house, owner, ['viewer'], email)
  expect(Date.now() - startedAt).toBeLessThan(2_000)
  await waitFor('the first attempt', () => server.state.asked > 0)
  server.state.mood = 'well'
  await house.asSuperuser((client) => client.query('update identity.mail set due_at = now()'))
  expect(await tokenTo(email, 'accept-invitation')).toMatch(/^[\w-]{80,}$/)
})
