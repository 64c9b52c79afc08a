import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'

/** A line between clients and a server that can be cut. */
export interface FragileLine {
  /** The server's URL, by way of the line. */
  readonly url: string
  /** How many connections were cut. */
  cuts: number
  /** Breaks every connection off, as a lost network does. */
  cut(): void
  close(): Promise<void>
}

/** @param target the URL whose host and port stand at the other end */
export async function openFragileLine(target: string): Promise<FragileLine> {
  const { hostname, port } = new URL(target)
  const open = new Set<Socket>()
  const server = createServer((near) => {
    const far = createConnection(Number(port), hostname)
    open.add(near)
    near.pipe(far).pipe(near)
    for (const socket of [near, far])
      socket
        .on('error', () => {})
        .once('close', () => {
          open.delete(near)
          near.destroy()
          far.destroy()
        })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  const line: FragileLine = {
    url: url.href,
    cuts: 0,
    cut: () => {
      line.cuts += open.size
      for (const socket of open) socket.destroy()
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        for (const socket of open) socket.destroy()
      }),
  }
  return line
}
