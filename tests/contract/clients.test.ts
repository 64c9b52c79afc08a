import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { Kind, parse } from 'graphql'
import { beforeAll, describe, expect, test } from 'vitest'
import { anonymousCaller } from '#platform/caller/caller'
import { ClientProfiles } from '../../gateway/operations/clients/client-profiles.ts'
import { type ClientFolder, readClients } from '../../gateway/operations/clients/read-clients.ts'
import { TrustedDocuments } from '../../gateway/operations/documents/trusted-documents.ts'
import { lostOperations } from '../../scripts/check-documents.ts'
import { documentIds } from '../../scripts/print-documents.ts'
import { clientSchema } from '../kit/operations.ts'

const schema = clientSchema()
let clients: readonly ClientFolder[] = []
beforeAll(async () => {
  clients = await readClients('clients')
})

test('the supergraph answers every operation that our own frontends have registered', async () => {
  const { documents, faults } = await TrustedDocuments.over(
    schema,
    clients.flatMap((client) => client.documents),
  )
  expect(faults).toEqual([])
  expect(documents.filter(({ client }) => client === 'console').length).toBeGreaterThan(40)
  expect(await lostOperations(schema)).toEqual([])
})

test('every file is named as its operation', () => {
  const kebab = (name: string) => name.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase()
  const wrong = clients.flatMap(({ documents }) =>
    documents.filter(({ path, text }) => {
      const operation = parse(text).definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION)
      return kebab(operation?.name?.value ?? '') !== basename(path, '.graphql')
    }),
  )
  expect(wrong.map(({ path }) => path)).toEqual([])
})

describe('the profile', () => {
  const page = 'http://localhost:5173'
  const nobody = anonymousCaller(null)
  const person = { ...nobody, kind: 'user' as const, sessionId: 's' }
  const key = { ...nobody, kind: 'user' as const, apiKeyId: 'k' }
  const nameOf = (caller: typeof nobody, origin?: string) =>
    new ClientProfiles(clients, 'https://api.example.com/api').of(caller, { origin, clientId: undefined }).name

  test('of a request is that of the frontend that sends it', () => {
    expect([nameOf(nobody, page), nameOf(person, page)]).toEqual(['console', 'console'])
    expect([nameOf(nobody, 'https://api.example.com'), nameOf(person, 'https://api.example.com')]).toEqual([
      'playground',
      'playground',
    ])
    expect([nameOf(key), nameOf(key, page), nameOf(person), nameOf(nobody)]).toEqual([
      'cli',
      'cli',
      'default',
      'default',
    ])
  })
})

test('a frontend’s build learns the ids of its operations by their names', async () => {
  const ids = await documentIds('cli')
  const hash = createHash('sha256').update(readFileSync('clients/cli/operations/who-am-i.graphql')).digest('hex')
  expect(Object.keys(ids)).toEqual(Object.keys(ids).toSorted())
  expect(ids.WhoAmI).toBe(`sha256:${hash}`)
  expect(readFileSync('package.json', 'utf8')).toContain('"documents": "tsx scripts/print-documents.ts"')
  await expect(documentIds('nobody')).rejects.toThrow('There is no client nobody: there are cli, console, playground.')
})
