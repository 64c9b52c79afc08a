import type { Runtime } from '#platform/http/runtime'
import { RefusalRecorder } from '#platform/refusals/refusal-recorder'
import type { GatewayConfig } from '../config.ts'
import { RefusalSender } from './send-refusals.ts'

/**
 * What hears of every refusal at the edge, and hands them to the subgraph that keeps them. Without one they are counted,
 * and logged as they would have been recorded.
 *
 * @param urlOf where a subgraph is, by the supergraph in force when it is asked
 */
export function openRefusals(
  urlOf: (subgraph: string) => string | undefined,
  config: GatewayConfig,
  runtime: Runtime,
): RefusalRecorder {
  const { log, metrics } = runtime
  const sendTo = openSender(urlOf, config, runtime)
  const recorder = new RefusalRecorder({
    metricPrefix: 'gateway',
    deliver: async (batch, deadline) => {
      if (sendTo !== null) return sendTo().send(batch, deadline)
      for (const refusal of batch.refusals) log.info(refusal, 'access refused')
    },
    log,
    metrics,
  })
  runtime.onClose('refusals', () => recorder.close())
  return recorder.start()
}

function openSender(
  urlOf: (subgraph: string) => string | undefined,
  { refusalsSubgraph, subgraphKeys }: GatewayConfig,
  runtime: Runtime,
): (() => RefusalSender) | null {
  const key = refusalsSubgraph === null ? undefined : subgraphKeys.get(refusalsSubgraph)
  if (refusalsSubgraph === null || key === undefined) return null
  let sender: { readonly url: string; readonly to: RefusalSender } | undefined
  runtime.onClose('refusals connection', () => sender?.to.close())
  return () => {
    const url = urlOf(refusalsSubgraph)
    if (url === undefined) throw new Error(`Subgraph ${refusalsSubgraph}, which keeps refusals, has no address.`)
    if (sender?.url === url) return sender.to
    void sender?.to.close()
    sender = { url, to: new RefusalSender(url, key) }
    return sender.to
  }
}
