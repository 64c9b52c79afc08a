import { randomInt } from 'node:crypto'
import { systemOrganizationId } from '#platform/caller/caller'
import { newId } from '#platform/id'
import { seedCtx, seedLog, withDatabase } from '../../scripts/seed/seed-context.ts'
import { identityConfig } from '../../subgraphs/identity/config.ts'
import { openIdentityParts } from '../../subgraphs/identity/identity.context.ts'
import { identityDatabase } from '../../subgraphs/identity/orm.ts'
import type { ActiveKey } from '../../subgraphs/identity/signing-key/key-ring.ts'
import type { VisitedHouse } from './house.ts'
import { newOrganization, password } from './organizations.ts'

/** Somebody who signed in to a house. */
export interface Person {
  readonly id: string
  readonly email: string
  readonly password: string
  readonly organizationId: string
  readonly token: string
  readonly refreshToken: string
}

export const loginMutation = `mutation ($input: LoginInput!) {
  login(input: $input) { ... on SessionTokens { accessToken refreshToken user { id } } }
}`

/** Another client's place: who signs in all the time from one place is taken for somebody who guesses. */
export const newAddress = () => ({
  'x-forwarded-for': `198.18.${randomInt(256)}.${randomInt(1, 255)}`,
})

export async function signIn(house: VisitedHouse, account: { email: string; password: string }): Promise<Person> {
  const { email, password } = account
  const { login } = await house.data<{
    login: { accessToken: string; refreshToken: string; user: { id: string } }
  }>(loginMutation, { variables: { input: { email, password } }, headers: newAddress() })
  const token = login.accessToken
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  return { id: login.user.id, email, password, organizationId: claims.org, token, refreshToken: login.refreshToken }
}

/** @returns the id of the session that a sign-in opened */
export const sessionOf = ({ token }: Person): string =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sid

/** The owner that the house was seeded with. */
export const seededOwner = (house: VisitedHouse): Promise<Person> => signIn(house, house.house.dev)

/** The same, working in the system organization: who operates the platform. */
export async function platformOperator(house: VisitedHouse): Promise<Person> {
  const owner = await seededOwner(house)
  const { switchOrganization } = await house.data<{ switchOrganization: { accessToken: string } }>(
    'mutation ($id: ID!) { switchOrganization(input: { organizationId: $id }) { accessToken } }',
    { token: owner.token, variables: { id: systemOrganizationId } },
  )
  return { ...owner, organizationId: systemOrganizationId, token: switchOrganization.accessToken }
}

/** An invitation, with the token that accepts it where no mail is sent. */
export async function newInvitation(
  house: VisitedHouse,
  inviter: Person,
  roles: readonly string[] = ['viewer'],
  email = `invited-${newId()}@example.com`,
) {
  const { inviteUser } = await house.data<{ inviteUser: { id: string; token: string } }>(
    'mutation ($input: InviteUserInput!) { inviteUser(input: $input) { id token } }',
    { token: inviter.token, variables: { input: { email, roles } } },
  )
  return inviteUser
}

/** @returns the invitation's token */
export const invite = async (house: VisitedHouse, inviter: Person, roles: readonly string[], email: string) =>
  (await newInvitation(house, inviter, roles, email)).token

/** A new member of the inviter's organization, made the way clients make one: invited, accepted, signed in. */
export async function newMember(house: VisitedHouse, inviter: Person, roles: readonly string[], name = 'Mia Member') {
  const email = `member-${newId()}@example.com`
  const token = await invite(house, inviter, roles, email)
  await house.data('mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { id } }', {
    variables: { input: { token, name, password } },
  })
  return signIn(house, { email, password })
}

/** The owner of an organization newly founded by the operator's tools, signed in. */
export async function newOwner(house: VisitedHouse, organizationName: string): Promise<Person> {
  const config = identityConfig({ ...house.house.env })
  const { email } = await withDatabase(identityDatabase, config.databaseUrl, (db) => {
    const parts = openIdentityParts(config, db, seedLog)
    return newOrganization((caller) => seedCtx(db, caller, parts), organizationName)
  })
  return signIn(house, { email, password })
}

/** The key that the house signs access tokens with now: for tokens that the house itself would never make. */
export function activeKey(house: VisitedHouse): Promise<ActiveKey> {
  const config = identityConfig({ ...house.house.env })
  return withDatabase(identityDatabase, config.databaseUrl, (db) =>
    openIdentityParts(config, db, seedLog).keys.active(),
  )
}

/** A role of the owner's organization. @returns its id */
export async function newRole(house: VisitedHouse, { token }: Person, name = `Role ${newId().slice(-12)}`) {
  const { createRole } = await house.data<{ createRole: { id: string } }>(
    'mutation ($input: CreateRoleInput!) { createRole(input: $input) { id } }',
    { token, variables: { input: { name, scopes: ['agent:read'] } } },
  )
  return createRole.id
}

/** An API key of the person's own. */
export async function newApiKey(house: VisitedHouse, { token }: Person, scopes: readonly string[], more: object = {}) {
  const { createApiKey } = await house.data<{ createApiKey: { id: string; key: string } }>(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { id key } }',
    { token, variables: { input: { name: 'Deploy', scopes, ...more } } },
  )
  return createApiKey
}

/** What an administrator hands to a member where no mail is sent. */
export async function newPasswordResetToken(
  house: VisitedHouse,
  administrator: Person,
  userId: string,
): Promise<string> {
  const { createPasswordResetLink } = await house.data<{ createPasswordResetLink: { token: string } }>(
    'mutation ($input: CreatePasswordResetLinkInput!) { createPasswordResetLink(input: $input) { token } }',
    { token: administrator.token, variables: { input: { userId } } },
  )
  return createPasswordResetLink.token
}
