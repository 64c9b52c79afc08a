import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { createLogger } from '#platform/log/logger'
import { WarnOnce } from './warn-once.ts'

test('each thing is warned about once', () => {
  const lines: string[] = []
  const stream = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) })
  const log = createLogger({ service: 'test', version: '0', environment: 'test', level: 'info' }, stream)
  const warnings = new WarnOnce()
  for (const key of ['a', 'b', 'a', 'a', 'b']) warnings.warn(log, key, { key }, 'look')
  expect(lines.map((line) => JSON.parse(line).key)).toEqual(['a', 'b'])
})
