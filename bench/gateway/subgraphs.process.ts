import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openToySubgraph } from '../../tests/kit/toy-subgraph.ts'
import { shop } from './shop.ts'

/** Where the shop's subgraphs are, by name, and a collector of traces that keeps none. */
export interface ShopAddresses {
  readonly urls: Readonly<Record<string, string>>
  readonly collectorUrl: string
}

const open = await Promise.all(shop.map((parts) => openToySubgraph(parts)))
setInterval(() => {
  for (const subgraph of open) subgraph.requests.length = 0
}, 100)
const collector = createServer((request, reply) => {
  request.resume().on('end', () => reply.writeHead(200, { 'content-type': 'application/json' }).end('{}'))
}).listen(0, '127.0.0.1')
await once(collector, 'listening')
const addresses: ShopAddresses = {
  urls: Object.fromEntries(open.map(({ name, url }) => [name, url])),
  collectorUrl: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
}
process.send?.(addresses)
