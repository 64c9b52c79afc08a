import type { Runtime } from '#platform/http/runtime'
import type { GatewayConfig } from '../config.ts'
import type { Authority } from './authenticate.ts'
import { RevocationList } from './revocation-list.ts'
import { TrustedKeys } from './trusted-keys.ts'

const firstReadingMs = 1_000

/**
 * Begins to follow the issuer's keys and its revocation list. Neither keeps the gateway from starting when it is down.
 *
 * @returns null with AUTH=off
 */
export async function openAuthority(config: GatewayConfig, runtime: Runtime): Promise<Authority | null> {
  if (config.jwksUrl === null) return null
  const keys = new TrustedKeys({ url: config.jwksUrl, log: runtime.log })
  runtime.onClose('token keys', () => keys.close())
  keys.start()
  return { keys, issuer: config.publicUrl, revocations: await openRevocations(config.jwksUrl, config, runtime) }
}

async function openRevocations(
  jwksUrl: string,
  config: GatewayConfig,
  runtime: Runtime,
): Promise<RevocationList | null> {
  const key = config.subgraphKeys.get(config.issuerSubgraph)
  if (key === undefined) {
    runtime.log.warn({ subgraph: config.issuerSubgraph }, 'no key for the issuer: revocations are not followed')
    return null
  }
  const list = new RevocationList({ url: new URL('/revocations', jwksUrl), key }, runtime)
  runtime.onClose('revocation list', () => list.close())
  await Promise.race([list.start(), new Promise((resolve) => setTimeout(resolve, firstReadingMs).unref())])
  return list
}
