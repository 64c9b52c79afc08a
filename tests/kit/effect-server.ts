import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Effect {
  readonly path: string
  readonly key: string
}

/** The outside world: counts what was done to it, answers after `answerMs`, and can keep a caller waiting. */
export async function openEffectServer(answerMs = 0) {
  const arrived: Effect[] = []
  const completed: Effect[] = []
  const held: { readonly path: string; readonly answer: () => void }[] = []
  const holding = new Set<string>()

  const server = createServer((request, response: ServerResponse) => {
    const effect = { path: request.url ?? '', key: String(request.headers['idempotency-key'] ?? '') }
    arrived.push(effect)
    const answer = () => {
      if (response.destroyed) return
      completed.push(effect)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ done: effect.path }))
    }
    request.resume()
    if (holding.has(effect.path)) held.push({ path: effect.path, answer })
    else if (answerMs > 0) setTimeout(answer, answerMs)
    else answer()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    hostAndPort: `127.0.0.1:${port}`,
    arrived,
    completed,
    /** From now on requests to `path` wait for `release`. */
    hold: (path: string) => void holding.add(path),
    release(path: string): void {
      holding.delete(path)
      for (const each of held.splice(0)) each.answer()
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
