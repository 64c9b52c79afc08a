import { configOrExit } from '#platform/config/read-config'
import { serve } from '#platform/http/serve'
import { workerConfig } from './config.ts'
import { worker } from './service.ts'

await serve(
  worker,
  configOrExit(() => workerConfig(process.env)),
)
