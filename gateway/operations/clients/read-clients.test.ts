import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../tests/kit/temporary-folder.ts'
import { ClientsInvalidError } from './clients.errors.ts'
import { readClients } from './read-clients.ts'

function clients(files: Record<string, string>): string {
  const folder = temporaryFolder()
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

const faultsOf = async (folder: string): Promise<string[]> => {
  const error = await readClients(folder).catch((caught) => caught)
  expect(error).toBeInstanceOf(ClientsInvalidError)
  return (error as ClientsInvalidError).faults.map((fault) => fault.replace(`${folder}/`, ''))
}

const cli = 'description: A tool.\nbindings:\n  - apiKey: true\n'

test('a client is a folder with a profile and operations, which are known by the hash of their files', async () => {
  const folder = clients({
    'cli/profile.yaml': cli,
    'cli/operations/b.graphql': 'query B { b }\n',
    'cli/operations/a.graphql': 'query A { a }\n',
    'cli/operations/notes.md': 'no operation',
    'web/profile.yaml': 'description: Pages.\nbindings: [{ origin: true }]\norigins: [https://web.example.com]\n',
    'README.md': 'no client',
  })
  const [first, second, ...others] = await readClients(folder)
  expect(others).toEqual([])
  expect(first).toMatchObject({ name: 'cli', profile: { description: 'A tool.', bindings: [{ apiKey: true }] } })
  expect(first?.documents).toEqual([
    {
      client: 'cli',
      path: join(folder, 'cli/operations/a.graphql'),
      text: 'query A { a }\n',
      id: 'b06384fccaadd0bee78a75f1b0fd44b985d5d0d818a27fb3272b54a2773f26ed',
    },
    expect.objectContaining({ path: join(folder, 'cli/operations/b.graphql') }),
  ])
  expect(second).toMatchObject({ name: 'web', documents: [] })
})

test('every fault of every profile is named at once, with its file and its place', async () => {
  const folder = clients({
    'Wrong_Name/profile.yaml': cli,
    'bare/operations/a.graphql': 'query A { a }',
    'broken/profile.yaml': 'description: "no end\n',
    'default/profile.yaml': 'description: All others.\nbindings: [{ session: true }]\n',
    'empty/profile.yaml': '',
    'many/profile.yaml': `
description: 7
colour: red
bindings: [{}, { apiKey: 3 }, { session: false }, { scopes: [] }]
origins: [http://web.example.com, https://web.example.com/path, "*", "null", http://localhost:5173]
documents: maybe
limits: { depth: 0, tokens: 1.5, words: 3 }
introspection: all
`,
    'pages/profile.yaml': 'description: Pages.\nbindings: [{ origin: true }]\n',
    'unbound/profile.yaml': 'description: Nobody.\n',
  })
  const origin = 'must be self, or an origin such as https://console.example.com.'
  expect(await faultsOf(folder)).toEqual([
    'Wrong_Name is no name of a client: use kebab-case.',
    'bare/profile.yaml: is missing.',
    expect.stringMatching(/^broken\/profile\.yaml: Missing closing/),
    'default/profile.yaml: bindings and origins must be left out: the default profile is for whoever is no other client.',
    'empty/profile.yaml: description is missing.',
    'many/profile.yaml: description must be of type string.',
    'many/profile.yaml: bindings.0 must state at least one condition.',
    'many/profile.yaml: bindings.1.apiKey must be true or a list of ids.',
    'many/profile.yaml: bindings.2.session must be true, or left out.',
    'many/profile.yaml: bindings.3.scopes must name at least one scope.',
    `many/profile.yaml: origins.0 ${origin}`,
    `many/profile.yaml: origins.1 ${origin}`,
    `many/profile.yaml: origins.2 ${origin}`,
    `many/profile.yaml: origins.3 ${origin}`,
    'many/profile.yaml: documents must be off, audit or enforce.',
    'many/profile.yaml: limits.tokens must be a whole number above 0.',
    'many/profile.yaml: limits.depth must be a whole number above 0.',
    'many/profile.yaml: limits.words is not known.',
    'many/profile.yaml: introspection must be nobody, signedIn or everyone.',
    'many/profile.yaml: colour is not known.',
    'pages/profile.yaml: origins must name at least one, since a binding asks for it.',
    'unbound/profile.yaml: bindings must state at least one way to be this client.',
  ])
})

test('a folder that is not there is a fault', async () => {
  expect(await faultsOf('/nowhere/clients')).toEqual(['/nowhere/clients cannot be read (ENOENT).'])
})
