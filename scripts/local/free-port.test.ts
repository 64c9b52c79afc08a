import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { findFreePort, portState } from './free-port.ts'

function listen(port: number): Promise<void> {
  const server = createServer()
  onTestFinished(() => void server.close())
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve()))
}

test('a found port is below those that the system gives to outgoing connections', async () => {
  const port = await findFreePort()
  expect(port).toBeLessThan(32_768)
  expect(await portState(port)).toBe('free')
})

test('the port of last time is kept while it is free, and left when it is taken or promised', async () => {
  const port = await findFreePort()
  expect(await findFreePort(port)).toBe(port)
  expect(await findFreePort(port, new Set([port]))).not.toBe(port)
  await listen(port)
  expect(await portState(port)).toBe('taken')
  expect(await findFreePort(port)).not.toBe(port)
})
