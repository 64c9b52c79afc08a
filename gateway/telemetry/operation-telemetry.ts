import { Counter, Histogram, type Registry } from 'prom-client'
import { isOurFault, markErrors } from '#platform/telemetry/error-codes'
import type { Operation } from '../execution/operation.ts'
import type { EdgeContext } from '../execution/request-context.ts'
import { OperationNames } from '../operations/documents/operation-names.ts'

/** What every request is as a metric: `other` unless the operation is one that a client has registered. */
const unregistered = 'other'
/** Of requests that hold no operation that could be executed. */
const none = 'none'
/** Seconds; few, for there are as many series of each as there are operations. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]

/**
 * Rate, errors and duration of what clients ask, by client and by operation. Only operations that were registered are told
 * apart: they are as many as their files, while the names of others are as many as clients make up.
 */
export class OperationTelemetry {
  readonly #duration: Histogram<'client' | 'operation' | 'kind' | 'outcome'>
  readonly #errors: Counter<'client' | 'code'>
  // Codes of a supergraph of others are as many as its subgraphs make up.
  readonly #codes = new OperationNames()

  constructor(registry: Registry) {
    this.#duration = new Histogram({
      name: 'gateway_operation_duration_seconds',
      help: 'Time to answer an operation, by client, registered operation, kind and outcome: ok, refused or failed',
      labelNames: ['client', 'operation', 'kind', 'outcome'] as const,
      buckets,
      registers: [registry],
    })
    this.#errors = new Counter({
      name: 'gateway_errors_total',
      help: 'Answers with an error of this code, by client',
      labelNames: ['client', 'code'] as const,
      registers: [registry],
    })
  }

  /** @param operation null when the request held none that could be executed */
  ended(operation: Operation | null, { client, span, logFields }: EdgeContext, startedAt: number): void {
    const codes = (logFields.errorCodes ?? []) as readonly string[]
    const kind = operation?.kind ?? none
    const registered = operation !== null && operation.registered !== null ? (operation.name ?? 'unnamed') : null
    const outcome = codes.length === 0 ? 'ok' : codes.some(isOurFault) ? 'failed' : 'refused'
    const labels = { client: client.name, operation: registered ?? unregistered, kind, outcome }
    this.#duration.observe(labels, (performance.now() - startedAt) / 1000)
    for (const code of codes) this.#errors.inc({ client: client.name, code: this.#codes.label(code) })
    if (span?.recording !== true) return
    span.set('graphql.operation.type', kind)
    if (registered !== null) span.set('graphql.operation.name', registered)
    span.set('forgeops.client', client.name)
    markErrors(span, codes)
  }
}
