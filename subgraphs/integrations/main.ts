import { configOrExit } from '#platform/config/read-config'
import { serve } from '#platform/http/serve'
import { subgraphService } from '#platform/subgraph/serve'
import { integrationsConfig } from './config.ts'
import { integrations } from './subgraph.ts'

await serve(
  subgraphService(integrations),
  configOrExit(() => integrationsConfig(process.env)),
)
