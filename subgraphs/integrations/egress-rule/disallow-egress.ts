import { write } from '#platform/db/write'
import { NotFoundError } from '#platform/errors/common-errors'
import { isId } from '#platform/id'
import type { IntegrationsCtx } from '../integrations.context.ts'
import { EgressRule } from './egress-rule.entity.ts'
import type { DisallowEgressInput } from './egress-rule.graphql.ts'

/**
 * Closes what an organization has opened to itself. Other processes go on calling it for five seconds at most.
 *
 * @returns what it was
 * @throws NotFoundError NOT_FOUND
 */
export async function disallowEgress(ctx: IntegrationsCtx, { egressRuleId }: DisallowEgressInput): Promise<EgressRule> {
  if (!isId(egressRuleId)) throw new NotFoundError('egress rule')
  const rule = await write(ctx, 'egress.disallowed', async (tx) => {
    const known = await tx.em.findOne(EgressRule, { id: egressRuleId })
    if (known === null) throw new NotFoundError('egress rule')
    tx.detail('host', known.host)
    tx.detail('port', known.port)
    await tx.em.nativeDelete(EgressRule, { id: egressRuleId })
    return known
  })
  ctx.parts.openHosts.delete(ctx.caller.organizationId)
  return rule
}
