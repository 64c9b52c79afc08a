import cluster from 'node:cluster'
import { configOrExit } from '#platform/config/read-config'
import { serve } from '#platform/http/serve'
import { gatewayConfig } from './config.ts'
import { gatewayPrimary, primaryConfig } from './cores/primary.ts'
import { PrimaryLink } from './cores/primary-link.ts'
import { boundHeapGrowth } from './heap.ts'
import { gateway, gatewayUnder } from './service.ts'

boundHeapGrowth()
const config = configOrExit(() => gatewayConfig(process.env))
if (config.workers === 1) await serve(gateway, config)
else if (cluster.isPrimary) await serve(gatewayPrimary, primaryConfig(config))
else await serve(gatewayUnder(new PrimaryLink()), config)
