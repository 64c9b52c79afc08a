import { write } from '#platform/db/write'
import { ConflictError, InvalidInputError } from '#platform/errors/common-errors'
import { EgressRefusedError } from '#platform/http/egress/egress.errors'
import { checkTarget } from '#platform/http/egress/target'
import { newId } from '#platform/id'
import type { IntegrationsCtx } from '../integrations.context.ts'
import { EgressRule } from './egress-rule.entity.ts'
import type { AllowEgressInput } from './egress-rule.graphql.ts'
import { egressRulesMax, noteLengthMax } from './egress-rule.limits.ts'

/**
 * Opens one host and port to the organization's own steps and connections, whatever private address it has. Opening what
 * is open changes nothing.
 *
 * @throws InvalidInputError BAD_USER_INPUT for what is no host and port; EgressRefusedError EGRESS_REFUSED, recorded, for
 *   an address or port that nobody but the operator opens; ConflictError CONFLICT beyond 100
 */
export async function allowEgress(ctx: IntegrationsCtx, input: AllowEgressInput): Promise<EgressRule> {
  const host = readHost(input)
  const { port, note } = input
  if (note.length > noteLengthMax || /[\p{Cc}\p{Surrogate}]/u.test(note))
    throw new InvalidInputError(`A note has at most ${noteLengthMax} printable characters.`)
  const refusal = refusalOf(ctx, host, port)
  const { organizationId, userId } = ctx.caller
  const rule = await write(ctx, 'egress.allowed', async (tx) => {
    tx.detail('host', host)
    tx.detail('port', port)
    if (refusal !== undefined) return tx.refuse('egress.allow-refused', refusal)
    await tx.em.execute(`select pg_advisory_xact_lock(hashtextextended('egress-rules:' || ?, 0))`, [organizationId])
    const known = await tx.em.findOne(EgressRule, { host, port })
    if (known !== null) {
      tx.unchanged()
      return known
    }
    if ((await tx.em.count(EgressRule, {})) >= egressRulesMax)
      throw new ConflictError(`An organization opens at most ${egressRulesMax} hosts.`)
    const id = newId()
    return tx.em.create(EgressRule, { organizationId, id, host, port, note, createdBy: userId, createdAt: new Date() })
  })
  ctx.parts.openHosts.delete(organizationId)
  return rule
}

function readHost({ host, port }: AllowEgressInput): string {
  const url = /^(\[[0-9a-f:.]{2,45}\]|[\p{L}\p{N}.-]{1,253})$/iu.test(host) ? URL.parse(`http://${host}/`) : null
  const hostname = url?.hostname.replace(/\.$/, '') ?? ''
  if (hostname === '' || port < 1 || port > 65_535)
    throw new InvalidInputError('One host is named, by its name or address, and a port between 1 and 65535.')
  return hostname
}

/** An attempt to reach what nobody may open is worth a record, so it is refused in the transaction. */
function refusalOf({ parts }: IntegrationsCtx, host: string, port: number): EgressRefusedError | undefined {
  try {
    checkTarget(`http://${host}:${port}/`, new Set(), { hosts: new Set([`${host}:${port}`]), kinds: parts.openable })
    return undefined
  } catch (error) {
    if (error instanceof EgressRefusedError) return error
    throw error
  }
}
