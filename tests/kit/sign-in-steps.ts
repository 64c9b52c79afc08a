import { anonymousCaller, type Caller } from '#platform/caller/caller'
import { identityConfig } from '../../subgraphs/identity/config.ts'
import { identity } from '../../subgraphs/identity/subgraph.ts'
import { newOrganization, password } from './organizations.ts'
import { addAuthenticator } from './second-factor.ts'
import { openSubgraph } from './subgraph.ts'

/** Somebody not signed in. */
export const anonymous = anonymousCaller('203.0.113.9', 'browser')

interface LoggedIn {
  readonly challengeToken: string
  readonly methods: string[]
  readonly enrollmentRequired: boolean
}

/** An identity subgraph, and the two steps of a sign-in with a second factor. */
export async function openSignInSteps() {
  const subgraph = await openSubgraph(identity, identityConfig)
  return {
    subgraph,
    async login(email: string): Promise<LoggedIn> {
      const { data } = await subgraph.ask(
        anonymous,
        `mutation ($email: String!, $password: String!) { login(input: { email: $email, password: $password }) {
          __typename ... on MfaChallenge { challengeToken methods enrollmentRequired passkeyOptions } ... on SessionTokens { accessToken } } }`,
        { email, password },
      )
      return (data as unknown as { login: LoggedIn }).login
    },
    complete: (input: Record<string, unknown>, by: Caller = anonymous) =>
      subgraph.ask(
        by,
        'mutation ($input: CompleteLoginInput!) { completeLogin(input: $input) { accessToken refreshToken user { id } } }',
        { input },
      ),
    /** An organization whose owner has an authenticator. */
    async withAuthenticator() {
      const organization = await newOrganization(subgraph.ctxFor)
      const authenticator = await addAuthenticator(subgraph.ctxFor, organization.caller)
      return { ...organization, authenticator }
    },
  }
}
export type SignInSteps = Awaited<ReturnType<typeof openSignInSteps>>

/** The code of the first error of an answer. */
export const codeOf = (answer: Awaited<ReturnType<SignInSteps['complete']>>) => answer.errors?.[0]?.extensions.code
