import type { DatabaseManifest } from '#platform/db/database'
import type { SubgraphParts } from '#platform/graphql/federate'
import { agents } from '../subgraphs/agents/subgraph.ts'
import { audit } from '../subgraphs/audit/subgraph.ts'
import { identity } from '../subgraphs/identity/subgraph.ts'
import { integrations } from '../subgraphs/integrations/subgraph.ts'

/** Every subgraph, for the tools that go over all of them. */
export const subgraphs: readonly (SubgraphParts & { readonly name: string; readonly database: DatabaseManifest })[] = [
  identity,
  agents,
  integrations,
  audit,
]
