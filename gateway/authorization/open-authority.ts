import type { Runtime } from '#platform/http/runtime'
import type { GatewayConfig } from '../config.ts'
import type { RequestRate } from '../traffic/rate-limits/request-rate.ts'
import { openApiKeys } from './api-keys/open-api-keys.ts'
import type { Authority } from './authority.ts'
import { KeyFile } from './key-file.ts'
import { RevocationList } from './revocation-list.ts'
import { TrustedKeys } from './trusted-keys.ts'

const firstReadingMs = 1_000

/**
 * Begins to follow the issuer's keys and its revocation list. Neither keeps the gateway from starting when it is down.
 *
 * @param rate where wrong API keys are counted
 * @returns null with AUTH=off
 */
export async function openAuthority(
  config: GatewayConfig,
  runtime: Runtime,
  rate: RequestRate,
): Promise<Authority | null> {
  if (config.jwksUrl === null) return null
  const { jwksUrl, publicUrl: issuer } = config
  const keys = new TrustedKeys({ url: jwksUrl, log: runtime.log, file: openKeyFile(config, runtime) })
  runtime.onClose('token keys', () => keys.close())
  await keys.start()
  const key = config.subgraphKeys.get(config.issuerSubgraph)
  if (key === undefined) {
    const without = 'no key for the issuer: revocations are not followed, and API keys are not accepted'
    runtime.log.warn({ subgraph: config.issuerSubgraph }, without)
    return { keys, issuer, revocations: null, apiKeys: null }
  }
  const revocations = await openRevocations(new URL('/revocations', jwksUrl), key, runtime)
  const apiKeys = openApiKeys(new URL('/api-keys/verify', jwksUrl), key, revocations, rate, runtime.log)
  return { keys, issuer, revocations, apiKeys }
}

/** @returns null when nothing is to be kept, or nobody could tell a forged file from ours */
function openKeyFile(config: GatewayConfig, { log }: Runtime): KeyFile | null {
  const { stateFolder: folder, publicUrl: issuer, subgraphKeys: secrets } = config
  return folder === null || secrets.size === 0 ? null : new KeyFile({ folder, issuer, secrets, log })
}

async function openRevocations(url: URL, key: Uint8Array, runtime: Runtime): Promise<RevocationList> {
  const list = new RevocationList({ url, key }, runtime)
  runtime.onClose('revocation list', () => list.close())
  await Promise.race([list.start(), new Promise((resolve) => setTimeout(resolve, firstReadingMs).unref())])
  return list
}
