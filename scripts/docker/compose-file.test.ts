import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { interpolate, namesIn, readCompose, schemaFaults } from './compose-file.ts'

test('merged parts count as written out, and what the specification does not know is named by its path', () => {
  const compose = readCompose('x-a: &a { image: x }\nservices:\n  one: { <<: *a, privilged: true }\n')
  expect(compose.services.one).toEqual({ image: 'x', privilged: true })
  expect(schemaFaults(compose)).toEqual([
    'docker-compose.yml/services/one: must NOT have additional properties (privilged)',
  ])
})

test('a value of the wrong type is named by its path', () => {
  expect(schemaFaults(readCompose('services: { one: { image: 7 } }'))).toEqual([
    'docker-compose.yml/services/one/image: must be string',
  ])
})

test('the project’s own file is as the specification has it', () => {
  expect(schemaFaults(readCompose(readFileSync('docker-compose.yml', 'utf8')))).toEqual([])
})

const text = 'a=$' + '{A} b=$' + '{B:-two words} c=$' + '{C:?set C} d=$$' + '{D}'

test('names are those that compose takes, without escaped ones', () => {
  expect(namesIn(text)).toEqual(['A', 'B', 'C'])
})

test('interpolation follows compose: empty without a default, the default when empty, words for what is missing', () => {
  expect(interpolate(text, { B: '', C: 'c' })).toBe('a= b=two words c=c d=$' + '{D}')
  expect(() => interpolate(text, {})).toThrow('C is missing: set C')
})
