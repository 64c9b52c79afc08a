import { read } from '#platform/db/read'
import type { IntegrationsCtx, IntegrationsParts } from '../integrations.context.ts'
import { EgressRule } from './egress-rule.entity.ts'
import { egressRulesMax } from './egress-rule.limits.ts'

/**
 * The parts with which calls of the caller's organization are made: `outbound` also reaches what the organization has
 * opened to itself. What it opened or closed elsewhere is known after five seconds at most.
 */
export async function organizationParts(ctx: IntegrationsCtx): Promise<IntegrationsParts> {
  const { parts, caller } = ctx
  const { organizationId } = caller
  const known = parts.openHosts.get(organizationId)
  const open = known ?? (await loadOpenHosts(ctx))
  if (known === undefined) parts.openHosts.set(organizationId, open)
  if (open.size === 0) return parts
  const { request, close } = parts.outbound
  return {
    ...parts,
    exemptions: new Set([...parts.exemptions, ...open]),
    outbound: { request: (asked) => request({ ...asked, open }), close },
  }
}

async function loadOpenHosts(ctx: IntegrationsCtx): Promise<ReadonlySet<string>> {
  const rules = await read(ctx, (em) => em.find(EgressRule, {}, { limit: egressRulesMax }))
  return new Set(rules.map(({ host, port }) => `${host}:${port}`))
}
