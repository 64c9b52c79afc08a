import { configOrExit } from '#platform/config/read-config'
import { serve } from '#platform/http/serve'
import { gatewayConfig } from './config.ts'
import { gateway } from './service.ts'

await serve(
  gateway,
  configOrExit(() => gatewayConfig(process.env)),
)
