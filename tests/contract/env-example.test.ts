import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readConfig } from '#platform/config/read-config'
import { fillEnvFile, readEnvFile } from '../../scripts/env-file.ts'
import { programs } from '../../scripts/programs.ts'
import { composeSecrets } from '../../scripts/write-env.ts'

const text = readFileSync('.env.example', 'utf8')
const entries = readEnvFile(text)
const schemas = new Map(programs.flatMap(({ variables }) => Object.entries(variables)))

test('.env.example names each variable that a process reads, once, and no other', () => {
  expect(entries.map(({ name }) => name).sort()).toEqual([...schemas.keys()].sort())
})

test('each variable is explained', () => {
  expect(entries.filter(({ comment }) => comment.length < 10).map(({ name }) => name)).toEqual([])
})

test.each(entries)('$name stands there with its default', ({ name, value }) => {
  const schema = schemas.get(name)
  const byDefault = schema?.safeParse(undefined)
  if (byDefault?.success !== true) return
  const stated = schema?.safeParse(value === '' ? undefined : value)
  expect(stated?.data).toEqual(byDefault.data)
})

test('no secret has a value', () => {
  const secret = /_KEYS?$|DATABASE_URL|REDIS_URL/
  expect(entries.filter(({ name, value }) => secret.test(name) && value !== '').map(({ name }) => name)).toEqual([])
})

test('filled with the secrets that are made for it, it configures every process', async () => {
  const filled = readEnvFile(fillEnvFile(text, composeSecrets()))
  const environment = Object.fromEntries(filled.map(({ name, value }) => [name, value.replace(/^'(.*)'$/, '$1')]))
  for (const { variables } of programs) expect(() => readConfig(variables as never, environment)).not.toThrow()
})

test('a name that the file lacks is not silently left out', () => {
  expect(() => fillEnvFile('A=1\n', { B: '2' })).toThrow('The file has no line for B.')
})
