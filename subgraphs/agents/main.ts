import { configOrExit } from '#platform/config/read-config'
import { serve } from '#platform/http/serve'
import { subgraphService } from '#platform/subgraph/serve'
import { agentsConfig } from './config.ts'
import { agents } from './subgraph.ts'

await serve(
  subgraphService(agents),
  configOrExit(() => agentsConfig(process.env)),
)
