import { openToySubgraph } from '../../tests/kit/toy-subgraph.ts'
import { shop } from './shop.ts'

// The shop's subgraphs in one process; its parent hears where they listen.
const open = await Promise.all(shop.map((parts) => openToySubgraph(parts)))
setInterval(() => {
  for (const subgraph of open) subgraph.requests.length = 0
}, 100)
process.send?.(open.map(({ name, url }) => ({ name, url })))
