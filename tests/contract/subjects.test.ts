import { readFileSync } from 'node:fs'
import { isObjectType } from 'graphql'
import { expect, test } from 'vitest'
import { subjectOf } from '#platform/redis/change'
import { clientSchema } from '../kit/operations.ts'
import { projectFiles } from '../kit/source-files.ts'

/** What is audited and has no type in the API. */
const unseen = ['signing-key']

test.each([
  ['Run', 'run:1'],
  ['ApiKey', 'api-key:1'],
  ['AgentVersion', 'agent-version:1'],
  ['OAuth2Client', 'oauth2-client:1'],
])('a %s is the subject %s', (typename, subject) => {
  expect(subjectOf(typename, '1')).toBe(subject)
})

test('a thing is called in the audit trail as its type is in the API, so that who shows it hears of a change', () => {
  const code = projectFiles().filter((file) => /^subgraphs\/.*\.ts$/.test(file) && !file.endsWith('.test.ts'))
  const named = code.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\.target\(\s*'([^']+)'/g)])
  const types = new Set(named.map(([, type]) => type))
  const subjects = Object.values(clientSchema().getTypeMap())
    .filter(isObjectType)
    .map(({ name }) => subjectOf(name, '').slice(0, -1))
  expect(types.size).toBeGreaterThan(8)
  expect([...types].filter((type) => !subjects.includes(type ?? ''))).toEqual(unseen)
})
