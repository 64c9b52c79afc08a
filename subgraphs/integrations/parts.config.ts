import { z } from 'zod'
import type { ProcessConfig } from '#platform/config/process.config'
import { httpUrl, list, sealingKey } from '#platform/config/units'
import { readExemptions } from '#platform/http/egress/target'

/** What whoever calls connections must read: the subgraph, which tests them, and the worker, which runs their actions. */
export const integrationsPartsVariables = {
  CONNECTION_SECRETS_KEY: sealingKey().optional(),
  EGRESS_ALLOW: list().refine(areExemptions, 'must be a comma list of host:port'),
  GATEWAY_URL: httpUrl(),
}

export interface IntegrationsPartsConfig {
  /** Seals connection secrets; without it none can be stored or opened. */
  readonly connectionSecretsKey: Buffer | undefined
  /** `host:port` entries that connections may call although they are not on the public internet. */
  readonly egressAllow: readonly string[]
  /** The platform's own GraphQL endpoint, as this process reaches it. */
  readonly gatewayUrl: string
  readonly environment: ProcessConfig['environment']
}

export const integrationsPartsConfig = (
  v: z.infer<z.ZodObject<typeof integrationsPartsVariables>> & { readonly ENVIRONMENT: ProcessConfig['environment'] },
): IntegrationsPartsConfig => ({
  connectionSecretsKey: v.CONNECTION_SECRETS_KEY,
  egressAllow: v.EGRESS_ALLOW,
  gatewayUrl: v.GATEWAY_URL,
  environment: v.ENVIRONMENT,
})

function areExemptions(entries: readonly string[]): boolean {
  try {
    readExemptions(entries)
    return true
  } catch {
    return false
  }
}
