import { LRUCache } from 'lru-cache'
import { SecretBox } from '#platform/crypto/secret-box'
import type { Ctx } from '#platform/graphql/context'
import { createEgress, type Egress } from '#platform/http/egress/egress'
import { openableKinds } from '#platform/http/egress/special-addresses'
import { readExemptions } from '#platform/http/egress/target'
import { WarnOnce } from './connection/warn-once.ts'
import { actionBytesMax, actionMsMax, modelMsMax } from './connector/connector.limits.ts'
import { openHostsMs } from './egress-rule/egress-rule.limits.ts'
import type { IntegrationsPartsConfig } from './parts.config.ts'

export interface IntegrationsParts {
  /** For addresses that a connection names. */
  readonly outbound: Egress
  /** For the platform's own API, which may well stand inside the operator's network. */
  readonly platform: Egress
  readonly gatewayUrl: string
  /** `host:port` entries that `outbound` may call although they are not on the public internet. */
  readonly exemptions: ReadonlySet<string>
  /** Kinds of special address at which an organization may open hosts to itself. */
  readonly openable: ReadonlySet<string>
  /** What each organization has opened, by its id, for a few seconds. */
  readonly openHosts: LRUCache<string, ReadonlySet<string>>
  /** Undefined when the installation has no key: then no secret can be stored or opened. */
  readonly secretBox: SecretBox | undefined
  readonly warnings: WarnOnce
  readonly close: () => Promise<void>
}

export type IntegrationsCtx = Ctx<IntegrationsParts>

/** Opens what calling a connection takes. Closed by `close()`, which waits for the calls under way. */
export function openIntegrationsParts(config: IntegrationsPartsConfig): IntegrationsParts {
  const limits = { timeoutMs: actionMsMax, bytesMax: actionBytesMax }
  const openable = openableKinds(config.environment)
  const outbound = createEgress({
    ...limits,
    timeoutMs: modelMsMax,
    allow: config.egressAllow,
    redirectsMax: 5,
    openable,
  })
  const platform = createEgress({ ...limits, allow: [hostAndPort(config.gatewayUrl)], redirectsMax: 0 })
  return {
    outbound,
    platform,
    gatewayUrl: config.gatewayUrl,
    exemptions: readExemptions(config.egressAllow),
    openable,
    openHosts: new LRUCache({ max: 10_000, ttl: openHostsMs }),
    secretBox: config.connectionSecretsKey && new SecretBox([config.connectionSecretsKey]),
    warnings: new WarnOnce(),
    close: async () => {
      await Promise.all([outbound.close(), platform.close()])
    },
  }
}

function hostAndPort(text: string): string {
  const { hostname, port, protocol } = new URL(text)
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
}
