import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { openTerminal } from './terminal.ts'

function streams(isTTY: boolean) {
  const out = Object.assign(new PassThrough(), { isTTY }) as unknown as NodeJS.WriteStream & PassThrough
  const err = new PassThrough() as unknown as NodeJS.WriteStream & PassThrough
  const text = (stream: PassThrough) => String(stream.read() ?? '')
  return { out, err, written: () => [text(out), text(err)] }
}

const line = JSON.stringify({ level: 'info', time: '2026-01-01T00:00:00.000Z', service: 'audit', msg: 'started' })

test('for a program the JSON lines stay as they are, and errors go to standard error', async () => {
  const { out, err, written } = streams(false)
  const terminal = await openTerminal(out, err)
  terminal.onLine('audit', line, 'stdout')
  terminal.onLine('audit', 'a warning', 'stderr')
  terminal.say('ready http://localhost:4000/api/graphql')
  expect(written()).toEqual([`${line}\nready http://localhost:4000/api/graphql\n`, 'a warning\n'])
})

test('on a terminal every line begins with its process, and reads as words', async () => {
  const { out, err, written } = streams(true)
  const terminal = await openTerminal(out, err)
  terminal.onLine('audit', line, 'stdout')
  terminal.onLine('gateway', 'a warning', 'stderr')
  const [said = '', warned = ''] = written()
  expect(stripVTControlCharacters(said)).toMatch(/^audit {8}.*started.*\n$/)
  expect(said).not.toContain('{"level"')
  expect(stripVTControlCharacters(warned)).toBe('gateway      a warning\n')
})

test('a reader that went away does not end the house', async () => {
  const { out, err } = streams(false)
  await openTerminal(out, err)
  expect(out.emit('error', new Error('EPIPE'))).toBe(true)
})

test('quiet comes after the last line', async () => {
  const { out, err } = streams(false)
  const terminal = await openTerminal(out, err)
  const order: string[] = []
  terminal.onLine('audit', line, 'stdout')
  const lastWord = setTimeout(() => {
    order.push('line')
    terminal.onLine('audit', line, 'stdout')
  }, 20)
  await terminal.quiet()
  order.push('quiet')
  clearTimeout(lastWord)
  expect(order).toEqual(['line', 'quiet'])
})
