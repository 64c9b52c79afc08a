import { join } from 'node:path'
import { builtRoot } from '../../tests/kit/build.ts'

// Our gateway as production runs it: built. Its parent has built it, and hears where it listens.
const built = (module: string) => import(join(builtRoot, module))
const { openService } = (await built('platform/http/serve.js')) as typeof import('#platform/http/serve')
const { gatewayConfig } = (await built('gateway/config.js')) as typeof import('../../gateway/config.ts')
const { gateway } = (await built('gateway/service.js')) as typeof import('../../gateway/service.ts')
const { boundHeapGrowth } = (await built('gateway/heap.js')) as typeof import('../../gateway/heap.ts')

boundHeapGrowth()
const config = gatewayConfig(process.env)
const { urls } = await openService(gateway, config)
process.send?.(`${urls[1]}${config.basePath}/graphql`)
