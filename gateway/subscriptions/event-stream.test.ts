import { expect, test } from 'vitest'
import { EventStreamReader, type StreamBlock } from './event-stream.ts'

function read(chunks: readonly (string | Buffer)[]): StreamBlock[] {
  const reader = new EventStreamReader()
  return chunks.flatMap((chunk) => reader.push(Buffer.from(chunk)))
}

const stream =
  '\uFEFF: hello\n\nid: 7\n\nevent: next\nid: 8\ndata: {"a":\ndata: "é"}\nretry: 5\n\nevent:complete\ndata:\n\n'
const blocks = [
  { event: '', data: '', id: '7' },
  { event: 'next', data: '{"a":\n"é"}', id: '8' },
  { event: 'complete', data: '', id: null },
]

test('blocks are read with their event, their lines of data and their id', () => {
  expect(read([stream])).toEqual(blocks)
})

test.each(['\r\n', '\r'])('lines that end in %j are lines too', (end) => {
  expect(read([`${stream.replaceAll('\n', end)}:\n`])).toEqual(blocks)
})

test('wherever the stream is cut, in a letter or between carriage return and line feed, the blocks are the same', () => {
  const bytes = Buffer.from(stream.replaceAll('\n', '\r\n'))
  expect(read([...bytes].map((byte) => Buffer.from([byte])))).toEqual(blocks)
})

test('what has not ended is not handed out', () => {
  expect(read(['event: next\ndata: {}\n'])).toEqual([])
})

test('a block without an end is refused before it fills the memory', () => {
  const reader = new EventStreamReader()
  const line = Buffer.from(`data: ${'x'.repeat(500_000)}\n`)
  expect(() => Array.from({ length: 20 }, () => reader.push(line))).toThrow('too long')
})
