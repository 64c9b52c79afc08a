import { parse } from 'graphql'
import { expect, it } from 'vitest'
import { boundRepetition } from './bound-repetition.ts'

const bound = (text: string) => () => boundRepetition(parse(text))
const refused = { code: 'OPERATION_TOO_COMPLEX' }

it('refuses thousands of fields of one key in one place, at once or through fragments and merged parents', () => {
  expect(bound(`{ me { ${'friend { id } '.repeat(2_400)} } }`)).toThrow(expect.objectContaining(refused))
  expect(bound(`{ ${'me { id } '.repeat(900)} }`)).toThrow(expect.objectContaining(refused))
  const names = Array.from({ length: 900 }, (_, i) => `F${i}`)
  const fragments = names.map((name) => `fragment ${name} on User { friend { id } }`).join(' ')
  expect(bound(`{ me { ${names.map((name) => `...${name}`).join(' ')} } } ${fragments}`)).toThrow(
    expect.objectContaining(refused),
  )
})

it('lets pass what asks for many things, or for some of them some times', () => {
  const many = Array.from({ length: 4_000 }, (_, i) => `f${i}`).join(' ')
  expect(bound(`{ me { ${many} } }`)).not.toThrow()
  expect(bound(`{ me { ${'friend { id name } '.repeat(200)} } }`)).not.toThrow()
})

it('comes to an end for fragments within themselves', () => {
  expect(bound('{ me { ...F } } fragment F on User { friend { ...F } }')).toThrow(expect.objectContaining(refused))
})
