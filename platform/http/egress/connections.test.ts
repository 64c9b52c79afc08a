import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createEgress } from './egress.ts'

test('reading again uses the kept connection, and what may have an effect gets one of its own', async () => {
  const server = createServer((request, response) => {
    request.resume()
    response.end('{}')
  })
  let connections = 0
  server.on('connection', () => {
    connections += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const egress = createEgress({ allow: [`127.0.0.1:${port}`], timeoutMs: 5_000, bytesMax: 1_000, redirectsMax: 0 })
  const send = (method: string) => egress.request({ url: `http://127.0.0.1:${port}/`, method, headers: {} })

  for (let i = 0; i < 6; i += 1) await send('GET')
  const forReading = connections
  expect(forReading).toBeLessThan(6)
  for (let i = 0; i < 6; i += 1) await send('POST')
  expect(connections - forReading).toBe(6)
  await egress.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
