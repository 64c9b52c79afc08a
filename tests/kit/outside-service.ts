import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ReceivedRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A service of the outside world: a real HTTP server on this machine that answers as it is told and keeps what it got. */
export async function openOutsideService(
  answer: (request: ReceivedRequest, response: ServerResponse) => void = (_request, response) => response.end(),
) {
  const received: ReceivedRequest[] = []
  const server = createServer(async (message, response) => {
    const body = Buffer.concat(await message.toArray()).toString()
    const request = { method: message.method ?? '', url: message.url ?? '', headers: message.headers, body }
    received.push(request)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    /** As EGRESS_ALLOW names it. */
    hostAndPort: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    received,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Answers with a status and a body as JSON. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
