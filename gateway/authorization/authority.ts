import type { ApiKeys } from './api-keys/caller-of-key.ts'
import type { RevocationList } from './revocation-list.ts'
import type { TrustedKeys } from './trusted-keys.ts'

/** Against what access tokens are checked. */
export interface Authority {
  readonly keys: TrustedKeys
  /** Issuer and audience of every token. */
  readonly issuer: string
  /** Null when the issuer keeps none that we could read. */
  readonly revocations: RevocationList | null
  /** Null when there is nobody to ask what a key stands for. */
  readonly apiKeys: ApiKeys | null
}
