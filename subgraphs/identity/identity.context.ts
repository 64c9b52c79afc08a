import { hkdfSync } from 'node:crypto'
import { SecretBox } from '#platform/crypto/secret-box'
import type { Ctx } from '#platform/graphql/context'
import type { IdentityConfig } from './config.ts'
import { PasswordHasher } from './session/password-hasher.ts'
import { TokenSigner } from './session/token-signer.ts'

export interface IdentityParts {
  readonly hasher: PasswordHasher
  readonly signer: TokenSigner
  /** Seals secrets that identity must be able to read again. */
  readonly box: SecretBox
  /** Derives the successors of refresh tokens. */
  readonly refreshKey: Uint8Array
}

export const openIdentityParts = (config: IdentityConfig): IdentityParts => ({
  hasher: new PasswordHasher(),
  signer: new TokenSigner(config.signingKey, config.issuer),
  box: new SecretBox([config.secretsKey]),
  refreshKey: Buffer.from(hkdfSync('sha256', config.secretsKey, '', 'forgeops.refresh-token', 32)),
})

export type IdentityCtx = Ctx<IdentityParts>
