import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { SetUpError } from './set-up-error.ts'

// Below 32768: above it the system takes ports for outgoing connections, so one found free may be gone a moment later.
const lowest = 20_000
const highest = 32_000

export type PortState = 'free' | 'taken' | 'forbidden'

/** Whether a process of this user could listen on `host:port` now. */
export function portState(port: number, host = '127.0.0.1'): Promise<PortState> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EACCES' ? 'forbidden' : 'taken'))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve('free')))
  })
}

/**
 * A TCP port on which nothing listens.
 *
 * @param preferred taken when it is free, so that a service keeps its port from one start to the next
 * @param not ports already promised to others
 */
export async function findFreePort(preferred?: number, not: ReadonlySet<number> = new Set()): Promise<number> {
  if (preferred !== undefined && !not.has(preferred) && (await portState(preferred)) === 'free') return preferred
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(lowest, highest)
    if (!not.has(port) && (await portState(port)) === 'free') return port
  }
  throw new SetUpError(`No free port was found between ${lowest} and ${highest}: stop some of what listens there.`)
}
