import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { expect } from 'vitest'
import { DomainError } from '#platform/errors/domain-error'
import { createEgress, type Egress, type EgressOptions, type EgressRequest } from '#platform/http/egress/egress'

export interface Remote {
  readonly port: number
  readonly sockets: Socket[]
}

/** Local servers that stand for the outside, and egresses that may reach them; `close` ends all of them. */
export function openEgressLab() {
  const opened: (() => Promise<unknown>)[] = []

  async function listening(server: Server): Promise<Remote> {
    const sockets: Socket[] = []
    server.on('connection', (socket: Socket) => {
      sockets.push(socket)
      socket.on('error', () => undefined)
    })
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
    opened.push(async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    })
    return { port: (server.address() as AddressInfo).port, sockets }
  }

  return {
    http: (listener: RequestListener) => listening(createServer({ maxHeaderSize: 65_536 }, listener)),
    tcp: (listener: (socket: Socket) => void) => listening(createTcpServer(listener)),
    /** An egress that may reach the given local servers under any of three names, all of which resolve to the loopback. */
    egressTo(remotes: readonly Remote[], options: Partial<EgressOptions> = {}): Egress {
      const names = ['here.example', 'there.example', '127.0.0.1']
      const egress = createEgress({
        allow: remotes.flatMap(({ port }) => names.map((name) => `${name}:${port}`)),
        timeoutMs: 5_000,
        bytesMax: 100_000,
        redirectsMax: 3,
        resolve: async () => [{ address: '127.0.0.1', family: 4 }],
        ...options,
      })
      opened.push(() => egress.close())
      return egress
    },
    /** What `close` ends too, before what was opened until now. */
    onClose: (close: () => Promise<unknown>) => void opened.push(close),
    async close(): Promise<void> {
      for (const close of opened.splice(0).reverse()) await close()
    },
  }
}

export const get = (url: string, parts: Partial<EgressRequest> = {}): EgressRequest => ({
  url,
  method: 'GET',
  headers: {},
  ...parts,
})

/** The code of the refusal, once its public words are seen to hold no address. */
export async function codeOf(answer: Promise<unknown>): Promise<string> {
  const error = await answer.then(
    () => expect.unreachable('it was answered'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof DomainError)) throw error
  expect(error.message).not.toMatch(/\d+\.\d+\.\d+\.\d+|::|E[A-Z]{4,}/)
  expect(error.cause).toBeUndefined()
  return error.code
}
