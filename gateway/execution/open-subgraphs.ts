import { SupergraphInvalidError } from '#platform/access/supergraph.errors'
import type { Runtime } from '#platform/http/runtime'
import type { GatewayConfig } from '../config.ts'
import type { Supergraph } from '../supergraph/read-supergraph.ts'
import { SubgraphClient } from './subgraph-client.ts'
import type { Fetch } from './subgraph-fetch.ts'
import { SubgraphStates } from './subgraph-states.ts'

export interface Subgraphs {
  readonly clients: readonly SubgraphClient[]
  /** How each subgraph is asked, by its name. */
  readonly fetches: ReadonlyMap<string, Fetch>
  readonly states: SubgraphStates
}

/**
 * One client for each subgraph of the supergraph. None is asked anything yet: they may all be down.
 *
 * @throws SupergraphInvalidError when callers are authenticated and a subgraph has no signing key, so could not be told
 *   who calls
 */
export function openSubgraphs(supergraph: Supergraph, config: GatewayConfig, runtime: Runtime): Subgraphs {
  const { subgraphKeys, jwksUrl } = config
  const keyless = supergraph.subgraphs.map(({ name }) => name).filter((name) => !subgraphKeys.has(name))
  if (jwksUrl !== null && keyless.length > 0)
    throw new SupergraphInvalidError(`SUBGRAPH_KEYS has no key for ${keyless.join(', ')}. Only AUTH=off works without.`)

  const known = new Set(supergraph.subgraphs.map(({ name }) => name))
  for (const name of new Set([...config.subgraphUrls.keys(), ...subgraphKeys.keys()])) {
    if (!known.has(name)) runtime.log.warn({ subgraph: name }, 'configured subgraph is not in the supergraph')
  }
  const states = new SubgraphStates(runtime.metrics.registry)
  const clients = supergraph.subgraphs.map((address) => new SubgraphClient(address, subgraphKeys.get(address.name)))
  runtime.onClose('subgraph connections', () => Promise.all(clients.map((client) => client.close())))
  const fetches = new Map(clients.map((client) => [client.name, states.observe(client.name)(client.fetch)]))
  return { clients, fetches, states }
}
