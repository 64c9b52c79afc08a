import { openService } from '#platform/http/serve'
import { gatewayConfig } from '../../gateway/config.ts'
import { boundHeapGrowth } from '../../gateway/heap.ts'
import { gateway } from '../../gateway/service.ts'

boundHeapGrowth()
// Our gateway as `npm run gateway` starts it; its parent hears where it listens.
const config = gatewayConfig(process.env)
const { urls } = await openService(gateway, config)
process.send?.(`${urls[1]}${config.basePath}/graphql`)
