import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** When the requests with one effect key came in, in ms since 1970. */
export type Arrivals = ReadonlyMap<string, readonly number[]>

/**
 * The outside world: keeps when each effect key came in, and answers after a moment. Every second path with `flaky` in it
 * is answered with 503 the first time that it is asked.
 *
 * @param random numbers in [0, 1)
 */
export async function openOutsideWorld(random: () => number) {
  const arrivals = new Map<string, number[]>()
  const server = createServer((request, response: ServerResponse) => {
    const key = String(request.headers['idempotency-key'] ?? '')
    const times = arrivals.get(key) ?? []
    arrivals.set(key, times)
    times.push(Date.now())
    const refused = request.url?.includes('flaky') === true && times.length === 1 && random() < 0.5
    request.resume()
    setTimeout(() => {
      if (response.destroyed) return
      response.writeHead(refused ? 503 : 200, { 'content-type': 'application/json' })
      response.end('{"done":true}')
    }, random() * 30)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    hostAndPort: `127.0.0.1:${port}`,
    arrivals: arrivals as Arrivals,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
