import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../tests/kit/temporary-folder.ts'
import { findFreePort } from '../local/free-port.ts'
import { checkPort, checkRoom, portFrom } from './preflight.ts'

test('a taken port is named with the variable that chooses another', async () => {
  const port = await findFreePort()
  await checkPort('OPS_PORT', port)
  const server = createServer().listen(port, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  await expect(checkPort('OPS_PORT', port)).rejects.toThrow(
    `Port ${port} is taken: stop what listens there, or choose another with OPS_PORT=<port> make up.`,
  )
})

test('a disk without room is named with the remedy', () => {
  const home = temporaryFolder()
  checkRoom(home, 1)
  expect(() => checkRoom(home, 2 ** 60)).toThrow(
    `No space is left in ${home}: free some or set FORGEOPS_HOME to a folder on another disk.`,
  )
})

test('a port variable that is unset or empty has its default', () => {
  expect([portFrom('PORT', undefined, 4_000), portFrom('PORT', '', 4_000), portFrom('PORT', '81', 4_000)]).toEqual([
    4_000, 4_000, 81,
  ])
})

test.each(['0', '65536', '4000x', '-1', '1e3'])('%s is no port', (text) => {
  expect(() => portFrom('PORT', text, 4_000)).toThrow(`PORT is "${text}": set it to a port between 1 and 65535.`)
})
