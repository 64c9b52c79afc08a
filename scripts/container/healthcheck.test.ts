import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { findFreePort } from '../local/free-port.ts'
import { askProcess } from './healthcheck.ts'

/** The variables of a container in which nothing listens on any of the six ports. */
async function silence(): Promise<Record<string, string>> {
  const names = ['PORT', 'IDENTITY_PORT', 'AGENTS_PORT', 'INTEGRATIONS_PORT', 'AUDIT_PORT', 'WORKER_PORT']
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, String(await findFreePort())])))
}

async function processThatSays(status: number): Promise<string> {
  const server = createServer((request, reply) => {
    reply.writeHead(request.url === '/health/ready' ? status : 404).end('{}')
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => void server.close())
  return String((server.address() as AddressInfo).port)
}

test('whichever of the six processes is ready here makes the container healthy', async () => {
  await askProcess({ ...(await silence()), AUDIT_PORT: await processThatSays(200) })
})

test('a process that is not ready, or none, makes it unhealthy', async () => {
  await expect(askProcess({ ...(await silence()), PORT: await processThatSays(503) })).rejects.toThrow()
  await expect(askProcess(await silence())).rejects.toThrow()
})
