import type { GraphQLSchema } from 'graphql'
import { Counter } from 'prom-client'
import type { AccessRules } from '#platform/access/access-rules'
import { SupergraphInvalidError } from '#platform/access/supergraph.errors'
import type { Runtime } from '#platform/http/runtime'
import type { RefusalListener } from '#platform/refusals/refusal'
import { codeFor } from './denials.ts'
import { type OnDenied, type Permit, permitBy } from './prune-before-planning.ts'

/**
 * Makes, of the rules of a supergraph and the schema that its clients see, what decides over operations.
 *
 * @throws SupergraphInvalidError when there are rules that could not be enforced
 */
export type OpenPermit = (rules: AccessRules, schema: GraphQLSchema) => Permit | null

/**
 * Pruning with its metric, for one supergraph after the other. With AUTH=off nobody can sign in: a supergraph that says who
 * may have what is not served then, because nothing of it would hold.
 */
export function openPruning(
  authenticates: boolean,
  refusals: RefusalListener,
  { metrics }: Pick<Runtime, 'metrics'>,
): OpenPermit {
  const denied = new Counter({
    name: 'gateway_fields_denied_total',
    help: 'Fields that were taken out of operations because their caller may not see them',
    labelNames: ['caller'] as const,
    registers: [metrics.registry],
  })
  const onDenied: OnDenied = (denials, { caller, requestId, traceparent }) => {
    denied.inc({ caller: caller.kind }, denials.length)
    const code = codeFor(caller)
    for (const [coordinate, { length }] of Map.groupBy(denials, (denial) => denial.coordinate))
      refusals.refused({ caller, coordinate, code, requestId, traceparent }, length)
  }
  return (rules, schema) => {
    if (rules.size === 0) return null
    if (authenticates) return permitBy(rules, schema, onDenied)
    throw new SupergraphInvalidError(
      `The supergraph carries ${rules.size} access rules, which AUTH=off would not enforce. Set AUTH=on, or compose it without them.`,
    )
  }
}
