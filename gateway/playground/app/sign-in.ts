import { type Answer, sendOperation } from './send-operation.ts'

export interface TokenFields {
  accessToken: string
  refreshToken: string
  expiresIn: number
}

/** A sign-in that waits for a second factor. */
export interface Challenge {
  challengeToken: string
  methods: readonly string[]
  enrollmentRequired: boolean
  passkeyOptions: unknown
}

type LoginAnswer =
  | ({ __typename: 'SessionTokens' } & TokenFields)
  | ({ __typename: 'MfaChallenge' } & Challenge)
  | { __typename: 'Other' }

const login = `mutation Login($input: LoginInput!) {
  login(input: $input) {
    __typename
    ... on SessionTokens { accessToken refreshToken expiresIn }
    ... on MfaChallenge { challengeToken methods enrollmentRequired passkeyOptions }
  }
}`
const completeLogin = `mutation CompleteLogin($input: CompleteLoginInput!) {
  completeLogin(input: $input) { accessToken refreshToken expiresIn }
}`

/**
 * Sends email and password.
 *
 * @throws with words for the person, when the platform refuses or asks for what the playground cannot give
 */
export async function askToSignIn(url: string, email: string, password: string): Promise<TokenFields | Challenge> {
  const answer = await sendOperation<{ login: LoginAnswer }>(url, {
    query: login,
    variables: { input: { email, password } },
  })
  const found = answer.data?.login
  if (!found) throw new Error(firstMessage(answer) ?? 'Sign-in was refused.')
  if (found.__typename === 'SessionTokens') return found
  if (found.__typename !== 'MfaChallenge')
    throw new Error('The platform asks for something that the playground cannot give.')
  if (found.enrollmentRequired)
    throw new Error('Your role needs a second factor, and you have none yet. Add one in your own application first.')
  return found
}

/** A code as it was typed: six digits are the authenticator's, anything else is one from paper. */
export const codeProof = (typed: string): object =>
  /^\d{3}\s?\d{3}$/.test(typed.trim()) ? { totpCode: typed.trim() } : { recoveryCode: typed.trim() }

/** Lets the device sign with one of the passkeys that will do. @throws when the person cancels */
export async function passkeyProof({ passkeyOptions }: Challenge): Promise<object> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    passkeyOptions as PublicKeyCredentialRequestOptionsJSON,
  )
  const credential = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential | null
  if (!credential) throw new Error('No passkey was chosen.')
  return { passkey: credential.toJSON() }
}

/** Sends the proof that a sign-in waits for. @throws `ProofRefused` when another may be tried */
export async function completeSignIn(url: string, { challengeToken }: Challenge, proof: object): Promise<TokenFields> {
  const answer = await sendOperation<{ completeLogin: TokenFields }>(url, {
    query: completeLogin,
    variables: { input: { challengeToken, ...proof } },
  })
  if (answer.data?.completeLogin) return answer.data.completeLogin
  const message = firstMessage(answer) ?? 'Sign-in was refused.'
  const over = answer.errors?.some(({ extensions }) => extensions?.code === 'CHALLENGE_INVALID')
  throw over ? new Error(message) : new ProofRefused(message)
}

/** The challenge stands: the person may try again. */
export class ProofRefused extends Error {}

export const firstMessage = (answer: Answer<unknown>): string | undefined => answer.errors?.[0]?.message
