import { configOrExit } from '#platform/config/read-config'
import { serve } from '#platform/http/serve'
import { subgraphService } from '#platform/subgraph/serve'
import { identityConfig } from './config.ts'
import { identity } from './subgraph.ts'

await serve(
  subgraphService(identity),
  configOrExit(() => identityConfig(process.env)),
)
