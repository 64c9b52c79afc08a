import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { SocketConnection, type SocketOpening } from './socket-connection.ts'

it('gives its seat back once when it closes, also when it closed before it had one', () => {
  const given: string[] = []
  const open = () => {
    const socket = new EventEmitter()
    return { socket, connection: new SocketConnection(socket as unknown as WebSocket, {} as SocketOpening) }
  }
  const early = open()
  early.connection.takeSeat(() => given.push('early'))
  expect(given).toEqual([])
  early.socket.emit('close')
  const late = open()
  late.socket.emit('close')
  late.connection.takeSeat(() => given.push('late'))
  expect(given).toEqual(['early', 'late'])
})
