import { expect, test } from 'vitest'
import { fillTemplate, fillText } from './fill-template.ts'

const large = 'x'.repeat(1_000_000)
const counted = (value: unknown) => {
  const evaluated = { count: 0 }
  const evaluate = async () => {
    evaluated.count++
    return value
  }
  return { evaluated, evaluate }
}

test.each([
  ['texts', large],
  ['lists', Array.from({ length: 300_000 }, () => 1)],
  ['names', { [large]: 1 }],
])('a template that its values make larger than can be sent is given up before it is: %s', async (_what, value) => {
  const { evaluated, evaluate } = counted(value)
  const template = { list: Array.from({ length: 5_000 }, () => '{{ input.x }}') }
  await expect(fillTemplate(template, evaluate)).rejects.toMatchObject({ code: 'EXPRESSION_TOO_LARGE' })
  expect(evaluated.count).toBeLessThan(20)
})

test('so is a text', async () => {
  const { evaluated, evaluate } = counted(large)
  await expect(fillText('{{ a }}'.repeat(5_000), evaluate)).rejects.toMatchObject({ code: 'EXPRESSION_TOO_LARGE' })
  expect(evaluated.count).toBeLessThan(20)
})

test('a template is filled with values of any type, and text with what they are as text', async () => {
  const values: Record<string, unknown> = { a: 1, b: { c: [true] }, d: null }
  const evaluate = async (name: string) => values[name.trim()]
  expect(await fillTemplate({ x: '{{ a }}', y: ['{{ b }}', 'is {{ b }}{{ d }}!'], z: 5 }, evaluate)).toEqual({
    ...{ x: 1, y: [{ c: [true] }, 'is {"c":[true]}!'], z: 5 },
  })
})
