import type { CacheHint, CacheHints } from '#platform/graphql/cache-hints'

/** The catalogue stands in the code: it is the same for everybody who may read it, and changes with a release. */
const catalogue: CacheHint = { maxAgeSeconds: 300, scope: 'PUBLIC' }

export const connectorCaching: CacheHints = {
  Connector: catalogue,
  ConnectorSecret: catalogue,
  ConnectorAction: catalogue,
}
