import { describe, expect, it } from 'vitest'
import { storableResult } from './storable-result.ts'

const unreadable = expect.objectContaining({ code: 'CONNECTOR_ANSWER_UNREADABLE', retryable: false })
const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels))

describe('storableResult', () => {
  it.each([null, true, 1.5, 'ü', [], {}, { a: [1, { b: null }] }])('leaves %j as it is', (value) => {
    expect(storableResult(value)).toEqual(value)
  })

  it('replaces what PostgreSQL cannot store, in names too', () => {
    expect(storableResult(JSON.parse('{"a\\u0000":"\\ud800b\\u0000"}'))).toEqual({ 'a\ufffd': '\ufffdb\ufffd' })
  })

  it('keeps a name __proto__ as an ordinary name', () => {
    const result = storableResult(JSON.parse('{"__proto__":{"a":1}}'))
    expect(JSON.stringify(result)).toBe('{"__proto__":{"a":1}}')
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype)
  })

  it('takes a hundred levels and refuses more, however many', () => {
    expect(storableResult(nested(100))).toEqual(nested(100))
    expect(() => storableResult(nested(102))).toThrow(unreadable)
    expect(() => storableResult(nested(300_000))).toThrow(unreadable)
  })

  it('refuses more than a megabyte', () => {
    expect(() => storableResult('x'.repeat(999_998))).not.toThrow()
    expect(() => storableResult('ü'.repeat(500_000))).toThrow(unreadable)
  })
})
