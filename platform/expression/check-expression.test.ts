import { describe, expect, it } from 'vitest'
import { checkSyntax, EXPRESSION_CHARACTERS_MAX } from './check-expression.ts'

/** Shapes that cost the parser most, at full length. */
const costly = [
  '$.',
  'a#$b.',
  'a@$b.',
  '(',
  '[',
  '{"a":',
  'a.',
  '1+',
  '-',
  '%.',
  'a[',
  '(a).',
  '$a~>',
  'f(',
  'a?b:',
  '/(',
  '"',
]

describe('checkSyntax', () => {
  it.each(['a', '$sum(order.price * order.quantity)', '{"a": [1..3]}', '/(a+)+$/', '$unknown()', 'function($x){$x}'])(
    'accepts %s',
    (expression) => {
      expect(checkSyntax(expression)).toMatchObject({ ok: true })
    },
  )

  it.each([
    ['', 0],
    ['a.', 2],
    ['(a', 2],
    ['{"a": }', 7],
    ['a b', 3],
    ['"open', 5],
    ['$map(a, function($x){', 21],
    ['/(/', 3],
  ])('tells what is wrong with %j and where', (expression, position) => {
    expect(checkSyntax(expression)).toEqual({ ok: false, message: expect.stringMatching(/^[A-Z].{5,}/), position })
  })

  it('tells of a fault that has no place', () => {
    expect(checkSyntax('%')).toEqual({ ok: false, message: expect.any(String), position: undefined })
  })

  it('refuses what is too long, and measures in characters', () => {
    const longest = `"${'☃'.repeat(EXPRESSION_CHARACTERS_MAX - 2)}"`
    expect(checkSyntax(longest)).toMatchObject({ ok: true })
    expect(checkSyntax(` ${longest}`)).toMatchObject({ ok: false, message: expect.stringContaining('longer than') })
  })

  it.each(costly)('answers within half a second of work to %j over and over', (piece) => {
    const expression = piece.repeat(EXPRESSION_CHARACTERS_MAX / piece.length)
    const started = process.cpuUsage()
    const check = checkSyntax(expression)
    const { user, system } = process.cpuUsage(started)
    expect((user + system) / 1_000).toBeLessThan(500)
    if (!check.ok) expect(check.message).not.toMatch(/call stack|\n/)
  })
})
