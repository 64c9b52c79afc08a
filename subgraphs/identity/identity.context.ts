import { hkdfSync } from 'node:crypto'
import type { ApiKeyMark } from '#platform/caller/api-key-text'
import { systemCaller, systemOrganizationId } from '#platform/caller/caller'
import { SecretBox } from '#platform/crypto/secret-box'
import type { Database } from '#platform/db/database'
import type { Ctx } from '#platform/graphql/context'
import { newId } from '#platform/id'
import type { Logger } from '#platform/log/logger'
import { continueTrace } from '#platform/telemetry/trace-context'
import { RulebookFile } from './access/rulebook-file.ts'
import { AttemptKeys } from './attempt/attempt-keys.ts'
import type { IdentityConfig } from './config.ts'
import type { RelyingParty } from './factor/passkey-options.ts'
import { MailOutbox } from './mail/mail-outbox.ts'
import { openPasswordPolicy, type PasswordPolicy } from './password/password-policy.ts'
import { PasswordHasher } from './session/password-hasher.ts'
import { TokenSigner } from './session/token-signer.ts'
import { KeyRing } from './signing-key/key-ring.ts'

export interface IdentityParts {
  readonly hasher: PasswordHasher
  readonly keys: KeyRing
  readonly passwordPolicy: PasswordPolicy
  readonly mail: MailOutbox
  /** The page of the frontend that takes tokens out of letters. */
  readonly accountUrl: string | null
  readonly signer: TokenSigner
  /** Seals secrets that identity must be able to read again. */
  readonly box: SecretBox
  /** Derives the successors of refresh tokens. */
  readonly refreshKey: Uint8Array
  /** Counts attempts at secrets. */
  readonly attempts: { readonly keys: AttemptKeys; readonly perAddressMax: number }
  readonly relyingParty: RelyingParty
  /** Whose sign-in needs a second factor where an organization has not chosen for itself. */
  readonly mfaRequiredRoles: readonly string[]
  /** The rules of the whole graph, other subgraphs' too. */
  readonly rulebook: RulebookFile
  /** Tells in a key's text for which house it is. */
  readonly apiKeyMark: ApiKeyMark
}

/** What changing the house's signing keys takes. */
export type SigningKeyCtx = Ctx<Pick<IdentityParts, 'box'>>

/** Opens what identity works with. The key ring reads its keys when they are first needed; `start` makes it follow them. */
export function openIdentityParts(config: IdentityConfig, db: Database, log: Logger): IdentityParts {
  const box = new SecretBox([config.secretsKey])
  const derived = (purpose: string) => Buffer.from(hkdfSync('sha256', config.secretsKey, '', purpose, 32))
  const keys = new KeyRing(systemCtx(db, log, { box }))
  return {
    hasher: new PasswordHasher(),
    passwordPolicy: openPasswordPolicy(config.passwordLengthMin),
    mail: new MailOutbox(box, config.smtp !== null),
    accountUrl: config.accountUrl,
    keys,
    signer: new TokenSigner(keys, config.issuer),
    box,
    refreshKey: derived('forgeops.refresh-token'),
    attempts: { keys: new AttemptKeys(derived('forgeops.attempts')), perAddressMax: config.signInPerAddressMax },
    relyingParty: config.relyingParty,
    mfaRequiredRoles: config.mfaRequiredRoles,
    rulebook: new RulebookFile(config.supergraphPath),
    apiKeyMark: config.environment === 'production' ? 'live' : 'dev',
  }
}

/** The platform itself, at work on what belongs to no organization. */
export const systemCtx = <Parts>(db: Database, log: Logger, parts: Parts): Ctx<Parts> => ({
  caller: systemCaller(systemOrganizationId),
  db,
  parts,
  requestId: newId(),
  traceparent: continueTrace(undefined),
  log,
  loaders: new Map(),
})

export type IdentityCtx = Ctx<IdentityParts>
