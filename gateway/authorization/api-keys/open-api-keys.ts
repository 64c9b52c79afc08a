import type { Logger } from '#platform/log/logger'
import type { RequestRate } from '../../traffic/rate-limits/request-rate.ts'
import type { RevocationList } from '../revocation-list.ts'
import { boundTries } from './bound-tries.ts'
import type { ApiKeys } from './caller-of-key.ts'
import { exchangeAt } from './exchange-key.ts'
import { KnownKeys } from './known-keys.ts'

/** @param url where the issuer says what a key stands for; `key` signs what we ask there */
export const openApiKeys = (
  url: URL,
  key: Uint8Array,
  revocations: RevocationList,
  rate: RequestRate,
  log: Logger,
): ApiKeys => ({ known: new KnownKeys({ exchange: boundTries(exchangeAt(url, key, log), rate), revocations }) })
