import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify'
import type { RefusalListener } from '#platform/refusals/refusal'
import { isOperator, refuseNonOperator } from '../authorization/operators.ts'
import type { Subgraph, Subgraphs } from '../execution/open-subgraphs.ts'
import type { TrustedDocuments } from '../operations/documents/trusted-documents.ts'
import type { SupergraphState } from '../supergraph/supergraph-source.ts'

export interface StatusParts {
  /** Run in this order; they say who asks. */
  readonly onRequest: readonly onRequestAsyncHookHandler[]
  readonly service: { readonly name: string; readonly version: string; readonly environment: string }
  readonly supergraph: () => SupergraphState
  readonly subgraphs: Pick<Subgraphs, 'all' | 'states'>
  readonly refusals: RefusalListener
  readonly documents: () => Pick<TrustedDocuments, 'documents' | 'faults'>
}

const probeTimeoutMs = 1_000

/**
 * `GET {base}/status` for who holds `ops:read`: how the gateway and each subgraph are, in `application/health+json`
 * (draft-inadarei-api-health-check-06 §3). Never a url, a secret or a stack.
 */
export function registerStatus(app: FastifyInstance, basePath: string, parts: StatusParts): void {
  app.get(`${basePath}/status`, { onRequest: [...parts.onRequest] }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    if (!isOperator(request.caller)) return refuseNonOperator(request, reply, parts.refusals, 'GET /status')
    const subgraphs = await Promise.all(
      parts.subgraphs.all.map((subgraph) => stateOf(subgraph, parts.subgraphs.states)),
    )
    const { name: service, version, environment } = parts.service
    const { id: supergraphId, ...supergraph } = parts.supergraph()
    const isWell = supergraph.lastReloadError === null && subgraphs.every((subgraph) => subgraph.status === 'pass')
    const { documents, faults } = parts.documents()
    const body = {
      status: isWell ? 'pass' : 'warn',
      service,
      version,
      environment,
      uptimeSeconds: Math.floor(process.uptime()),
      supergraphId,
      supergraph,
      subgraphs,
      trustedDocuments: { registered: documents.length, leftOut: faults.length },
    }
    return reply.type('application/health+json').send(JSON.stringify(body))
  })
}

async function stateOf({ name, client, breaker }: Subgraph, states: Subgraphs['states']) {
  const ready = await client.ready(probeTimeoutMs)
  const status = !ready ? 'fail' : breaker.state === 'closed' ? 'pass' : 'warn'
  return { name, status, breaker: breaker.state, lastFetch: states.lastFetch(name) }
}
