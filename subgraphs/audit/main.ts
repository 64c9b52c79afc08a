import { configOrExit } from '#platform/config/read-config'
import { serve } from '#platform/http/serve'
import { subgraphService } from '#platform/subgraph/serve'
import { auditConfig } from './config.ts'
import { audit } from './subgraph.ts'

await serve(
  subgraphService(audit),
  configOrExit(() => auditConfig(process.env)),
)
