import { SupergraphInvalidError } from '#platform/access/supergraph.errors'
import type { Runtime } from '#platform/http/runtime'
import { RefusalRecorder } from '#platform/refusals/refusal-recorder'
import type { GatewayConfig } from '../config.ts'
import type { Supergraph } from '../supergraph/read-supergraph.ts'
import { RefusalSender } from './send-refusals.ts'

/**
 * What hears of every refusal at the edge, and hands them to the subgraph that keeps them. Without one they are counted,
 * and logged as they would have been recorded.
 *
 * @throws SupergraphInvalidError when that subgraph has no address
 */
export function openRefusals(supergraph: Supergraph, config: GatewayConfig, runtime: Runtime): RefusalRecorder {
  const { log, metrics } = runtime
  const sender = openSender(supergraph, config, runtime)
  const recorder = new RefusalRecorder({
    metricPrefix: 'gateway',
    deliver: async (batch, deadline) => {
      if (sender !== null) return sender.send(batch, deadline)
      for (const refusal of batch.refusals) log.info(refusal, 'access refused')
    },
    log,
    metrics,
  })
  runtime.onClose('refusals', () => recorder.close())
  return recorder.start()
}

function openSender(supergraph: Supergraph, config: GatewayConfig, runtime: Runtime): RefusalSender | null {
  const { refusalsSubgraph, subgraphKeys, subgraphUrls } = config
  const key = refusalsSubgraph === null ? undefined : subgraphKeys.get(refusalsSubgraph)
  if (refusalsSubgraph === null || key === undefined) return null
  const url =
    supergraph.subgraphs.find(({ name }) => name === refusalsSubgraph)?.url ?? subgraphUrls.get(refusalsSubgraph)
  if (url === undefined)
    throw new SupergraphInvalidError(
      `Subgraph ${refusalsSubgraph}, which keeps refusals, has no address. Set it in SUBGRAPH_URLS.`,
    )
  const sender = new RefusalSender(url, key)
  runtime.onClose('refusals connection', () => sender.close())
  return sender
}
