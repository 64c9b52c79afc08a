import { Counter } from 'prom-client'
import type { AccessRules } from '#platform/access/access-rules'
import type { Runtime } from '#platform/http/runtime'
import type { RefusalListener } from '#platform/refusals/refusal'
import type { Executor } from '../../execution/planned-gateway.ts'
import { codeFor } from './denials.ts'
import { type OnDenied, pruneBeforePlanning } from './prune-before-planning.ts'

/**
 * Pruning by the rules of a supergraph, with its metric. With AUTH=off nobody can sign in, and the supergraph is served
 * whole: an operator who said so is told once what that leaves open.
 */
export function openPruning(
  rules: AccessRules,
  authenticates: boolean,
  refusals: RefusalListener,
  { log, metrics }: Pick<Runtime, 'log' | 'metrics'>,
): (executor: Executor) => Executor {
  if (rules.size === 0) return (executor) => executor
  if (!authenticates) {
    log.warn({ rules: rules.size }, 'AUTH=off: the access rules of the supergraph are not enforced here')
    return (executor) => executor
  }
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
  return (executor) => pruneBeforePlanning(executor, rules, onDenied)
}
