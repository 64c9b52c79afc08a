import { z } from 'zod'
import { processConfig, processVariables } from '#platform/config/process.config'
import { ConfigError, type Environment, readConfig } from '#platform/config/read-config'
import { count, days, httpUrl, key, list, port, postgresUrl, sealingKey, url } from '#platform/config/units'
import type { SubgraphConfig } from '#platform/subgraph/define'
import type { RelyingParty } from './factor/passkey-options.ts'

/** ASVS 5, 6.2.1: 8 at the least, 15 recommended. */
const passwordLength = z
  .string()
  .regex(/^\d{1,3}$/, 'must be a number of characters between 8 and 128')
  .transform(Number)
  .refine((length) => length >= 8 && length <= 128, 'must be a number of characters between 8 and 128')
  .default(15)

/** An address, or a name with one in angle brackets. */
const mailFrom = z
  .string()
  .regex(/^([^<>\p{Cc}]*<)?[^\s<>@]+@[^\s<>@]+>?$/u, 'must be an address, or a name with an address in angle brackets')

export const identityVariables = {
  ...processVariables,
  IDENTITY_PORT: port(4001),
  IDENTITY_DATABASE_URL: postgresUrl(),
  IDENTITY_REQUEST_KEY: key(),
  IDENTITY_SECRETS_KEY: sealingKey(),
  SIGNING_KEY_DAYS: days(30),
  SIGN_IN_PER_ADDRESS_MAX: count(30),
  WORKER_REQUEST_KEY: key(),
  PUBLIC_URL: httpUrl(),
  PASSWORD_LENGTH_MIN: passwordLength,
  SMTP_URL: url('smtp', 'smtps').optional(),
  MAIL_FROM: mailFrom.optional(),
  ACCOUNT_URL: httpUrl().optional(),
  WEBAUTHN_ORIGINS: list().refine(
    (items) => items.every((item) => URL.canParse(item) && new URL(item).origin === item),
    'must be a list of origins, such as https://app.example.com',
  ),
  MFA_REQUIRED_ROLES: list().refine(
    (items) => items.every((item) => /^[a-z][a-z0-9-]*$/.test(item)),
    'must be a list of role names, or none',
  ),
  SUPERGRAPH_PATH: z.string().default('gateway/supergraph.graphql'),
}

export interface IdentityConfig extends SubgraphConfig {
  /** 32 bytes: seals what identity must keep and be able to read again, such as signing keys and second factors. */
  readonly secretsKey: Buffer
  /** After how many days the next signing key takes its turn. */
  readonly signingKeyDays: number
  /** How many sign-ins that fail one address may try in a minute, over all accounts. */
  readonly signInPerAddressMax: number
  /** Issuer and audience of access tokens: the public URL. */
  readonly issuer: string
  /** Characters that a new password has at least. */
  readonly passwordLengthMin: number
  /** The mail server and who its letters are from; null when no mail is sent. */
  readonly smtp: { readonly url: string; readonly from: string } | null
  /** The page of the frontend that takes tokens out of letters. */
  readonly accountUrl: string | null
  /** Verifies the worker's requests for run tokens. */
  readonly workerRequestKey: Uint8Array
  /** Passkeys belong to the public URL's host. */
  readonly relyingParty: RelyingParty
  readonly mfaRequiredRoles: readonly string[]
  /** The supergraph that the gateway serves, of whose rules identity tells. */
  readonly supergraphPath: string
}

export function identityConfig(environment: Environment): IdentityConfig {
  const v = readConfig(identityVariables, environment)
  return {
    ...processConfig(v),
    port: v.IDENTITY_PORT,
    databaseUrl: v.IDENTITY_DATABASE_URL,
    requestKey: v.IDENTITY_REQUEST_KEY,
    secretsKey: v.IDENTITY_SECRETS_KEY,
    signingKeyDays: v.SIGNING_KEY_DAYS,
    signInPerAddressMax: v.SIGN_IN_PER_ADDRESS_MAX,
    workerRequestKey: v.WORKER_REQUEST_KEY,
    issuer: v.PUBLIC_URL,
    passwordLengthMin: v.PASSWORD_LENGTH_MIN,
    smtp: smtpOf(v.SMTP_URL, v.MAIL_FROM),
    accountUrl: v.ACCOUNT_URL ?? null,
    relyingParty: {
      id: new URL(v.PUBLIC_URL).hostname,
      origins: v.WEBAUTHN_ORIGINS.length > 0 ? v.WEBAUTHN_ORIGINS : [new URL(v.PUBLIC_URL).origin],
    },
    mfaRequiredRoles: requiredRoles(v.MFA_REQUIRED_ROLES, v.ENVIRONMENT),
    supergraphPath: v.SUPERGRAPH_PATH,
  }
}

function smtpOf(url: string | undefined, from: string | undefined): IdentityConfig['smtp'] {
  if (url === undefined) return null
  if (from === undefined) throw new ConfigError(['MAIL_FROM is not set, and SMTP_URL needs it.'])
  return { url, from }
}

/** Those with far-reaching rights in production, nobody in development; `none` says nobody aloud. */
function requiredRoles(given: readonly string[], environment: IdentityConfig['environment']): readonly string[] {
  if (given.length > 0) return given.filter((role) => role !== 'none')
  return environment === 'production' ? ['owner', 'admin'] : []
}
