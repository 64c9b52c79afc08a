import { SupergraphInvalidError } from '#platform/access/supergraph.errors'
import type { Runtime } from '#platform/http/runtime'
import type { RefusalListener } from '#platform/refusals/refusal'
import type { Authority } from './authorization/authority.ts'
import { confirmRights } from './authorization/confirm-rights.ts'
import { guardIntrospection, type MayReadSchema } from './authorization/guard-introspection.ts'
import { openPruning } from './authorization/pruning/open-pruning.ts'
import { onlyLookAsRole } from './authorization/view-as/view-as-role.ts'
import type { AnswerCache } from './cache/answer-cache.ts'
import { cacheAnswers } from './cache/cache-answers.ts'
import type { GatewayConfig } from './config.ts'
import { Generation } from './execution/generation.ts'
import type { Subgraphs } from './execution/open-subgraphs.ts'
import { mayIntrospect } from './operations/clients/may-introspect.ts'
import type { Clients } from './operations/clients/open-clients.ts'
import { boundCost } from './operations/cost/bound-cost.ts'
import { reportCost } from './operations/cost/report-cost.ts'
import { oneAuthentication } from './operations/one-authentication.ts'
import { LastKnownGood } from './supergraph/last-known-good.ts'
import { type OpenGeneration, SupergraphSource } from './supergraph/supergraph-source.ts'
import { warmUp } from './supergraph/warm-up.ts'
import { boundOperation } from './traffic/bound-operation.ts'
import { chargeCost } from './traffic/rate-limits/charge-cost.ts'
import type { RequestLimits } from './traffic/rate-limits/request-limits.ts'

/** What lives longer than any one supergraph. */
export interface EdgeParts {
  /** Null with AUTH=off: nobody can sign in. */
  readonly authority: Authority | null
  readonly refusals: RefusalListener
  readonly subgraphs: Subgraphs
  readonly clients: Clients
  readonly limits: RequestLimits
  /** Null when no answers are kept. */
  readonly cache: AnswerCache | null
}

/**
 * Begins to serve the supergraph that the configuration names.
 *
 * @throws SupergraphInvalidError when neither it nor the one served last can be served
 */
export function openSupergraph(config: GatewayConfig, parts: EdgeParts, runtime: Runtime): Promise<SupergraphSource> {
  const { supergraphPath: path, subgraphUrls: urls, supergraphPollMs: pollMs } = config
  return SupergraphSource.open(
    { path, urls, pollMs, lastKnownGood: openLastKnownGood(config, runtime) },
    openGenerations(config, parts, runtime),
    runtime,
  )
}

/** @returns null when nothing is to be kept, or nobody could tell a forged file from ours */
function openLastKnownGood({ stateFolder: folder, subgraphKeys: secrets }: GatewayConfig, { log }: Runtime) {
  return folder === null || secrets.size === 0 ? null : new LastKnownGood({ folder, secrets, log })
}

/** What happens to every operation over a supergraph: everything is in one of the lists here. */
function openGenerations(config: GatewayConfig, parts: EdgeParts, runtime: Runtime): OpenGeneration {
  const { authority, refusals, subgraphs, clients, limits, cache } = parts
  const permitBy = openPruning(authority !== null, refusals, runtime)
  const mayReadSchema: MayReadSchema = ({ client, caller }) => mayIntrospect(client, caller, authority !== null)
  return async (supergraph, inForce) => {
    const generation = await Generation.open(supergraph, () => {
      const { refusalsSubgraph, subgraphUrls } = config
      const addresses = new Set([...subgraphUrls.keys(), ...supergraph.subgraphs.map(({ name }) => name)])
      if (refusalsSubgraph !== null && !addresses.has(refusalsSubgraph))
        throw new SupergraphInvalidError(
          `Subgraph ${refusalsSubgraph}, which keeps refusals, is not in the supergraph.`,
        )
      return {
        ...subgraphs.of(supergraph),
        mayReadSchema,
        permit: (schema) => permitBy(supergraph.rules, schema),
        listSizeAssumed: config.listSizeAssumed,
        checks: (schema, costs) => [
          onlyLookAsRole(refusals),
          boundCost(costs),
          oneAuthentication({ coordinates: supergraph.authentications, listener: refusals }, schema),
          guardIntrospection(mayReadSchema, refusals),
          ...(authority?.revocations == null ? [] : [confirmRights(authority.revocations)]),
        ],
        stages: (schema, costs) => [
          chargeCost(limits, costs),
          boundOperation(config.operationTimeoutMs),
          reportCost(costs),
          ...(cache === null ? [] : [cacheAnswers(cache, supergraph.id, schema)]),
        ],
        documents: clients.documents,
      }
    })
    await warmUp(generation, inForce, runtime.log)
    return generation
  }
}
