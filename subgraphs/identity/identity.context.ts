import type { Ctx } from '#platform/graphql/context'
import type { PasswordHasher } from './session/password-hasher.ts'
import type { TokenSigner } from './session/token-signer.ts'

export interface IdentityParts {
  readonly hasher: PasswordHasher
  readonly signer: TokenSigner
}

export type IdentityCtx = Ctx<IdentityParts>
