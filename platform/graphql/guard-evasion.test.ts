import { buildSubgraphSchema } from '@apollo/subgraph'
import { type ExecutionResult, execute, parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import { anonymousCaller, type Caller } from '../caller/caller.ts'
import { newId } from '../id.ts'
import { guard } from './guard.ts'
import { andRow, anyone, either, hasScope, orRow, type PermissionMap, signedIn } from './rules.ts'

/** Whoever comes by whichever way: these words reach nobody but a holder of `file:read`, or the file's owner. */
const secret = 'the words of the file'

const typeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires"])
  interface Node { id: ID! }
  interface Readable implements Node { id: ID! words: String }
  union Found = File | Folder
  type File implements Node & Readable @key(fields: "id") {
    id: ID! words: String tag: String @external owner: ID @external summary: String @requires(fields: "tag owner")
  }
  type Folder implements Node @key(fields: "id") { id: ID! files: [File!] first: File }
  type Query { node: Node readable: Readable found: [Found!] file: File folder: Folder files: [File!] }
  type Mutation { touch: Folder touchAll: [Readable!] erase: Touched }
  type Touched { file: File folder: Folder words: String }
`)

interface File {
  readonly __typename: 'File'
  readonly id: string
  readonly owner: string | null
  readonly tag: string
  readonly words: string
}
const [ann, bob] = [newId(), newId()]
const file: File = { __typename: 'File', id: '1', owner: ann, tag: 'SECRET', words: secret }
const folder = { __typename: 'Folder', id: 'f', files: [file, file], first: file }

const reads = orRow(hasScope('file:read'), 'own file', (row, caller) => (row as File).owner === caller.userId)
const permissions: PermissionMap = {
  Query: { node: anyone, readable: anyone, found: anyone, file: anyone, folder: anyone, files: anyone },
  Mutation: { touch: signedIn, touchAll: signedIn, erase: hasScope('file:erase') },
  Touched: { file: signedIn, folder: signedIn, words: hasScope('file:read') },
  File: { id: anyone, tag: signedIn, owner: signedIn, words: reads, summary: reads },
  Folder: { id: anyone, files: signedIn, first: signedIn },
}

function open(map: PermissionMap = permissions) {
  const erased: string[] = []
  const resolvers = {
    Query: {
      node: () => file,
      readable: () => file,
      found: () => [file, folder],
      file: () => file,
      folder: () => folder,
      files: async () => [file, file],
    },
    Mutation: {
      touch: () => folder,
      touchAll: () => [file],
      erase: () => {
        erased.push('all')
        return { file, folder, words: secret }
      },
    },
    // What is judged comes from where it is kept; of a representation the key alone counts.
    File: {
      __resolveReference: ({ id }: { id: string }) => (id === file.id ? { ...file } : null),
      summary: () => secret,
    },
    Folder: { __resolveReference: () => folder },
  }
  const schema = guard(buildSubgraphSchema([{ typeDefs, resolvers: resolvers as never }]), map)
  const ask = async (caller: Caller, query: string, variableValues: Record<string, unknown> = {}) =>
    (await execute({ schema, document: parse(query), contextValue: { caller }, variableValues })) as ExecutionResult
  return { ask, erased }
}
const user = (userId: string, ...scopes: string[]): Caller => ({
  ...anonymousCaller(null),
  kind: 'user',
  userId,
  organizationId: newId(),
  scopes,
})
const strangers: readonly Caller[] = [
  user(bob, 'file:erase'),
  anonymousCaller(null),
  { ...user(ann, 'file:read'), organizationId: '' },
  { ...user(bob, 'file:read'), kind: 'system' },
  { ...user(ann, 'file:read'), userId: null },
]

const representation = 'query ($of: [_Any!]!) { _entities(representations: $of)'
/** All these claim to be of somebody else, or to be less secret, than what is kept. */
const claims = [
  { __typename: 'File', id: '1', owner: bob, tag: 'PUBLIC', words: 'mine' },
  { __typename: 'File', id: '1', owner: null, tag: 'PUBLIC' },
  { __typename: 'Folder', id: 'f', owner: bob },
]
const ways: Readonly<Record<string, string>> = {
  plainly: '{ file { words } }',
  'under an alias': '{ file { id: words id2: words __name: words } }',
  'under the alias of an open field': '{ file { tag: words owner: summary } }',
  'through a fragment': 'query Q { ...A } fragment A on Query { file { ...B } } fragment B on File { words summary }',
  'through an inline fragment without a type': '{ ... { file { ... { words } } } }',
  'through an interface': '{ node { ... on File { words } } readable { words } }',
  'through an interface of an interface': '{ node { ... on Readable { words ... on File { summary } } } }',
  'through a union': '{ found { ... on File { words } ... on Folder { files { words } first { summary } } } }',
  'through a union and an interface': '{ found { ... on Node { ... on Readable { words } } } }',
  'in lists': '{ files { words } folder { files { words } first { words } } }',
  'many times over': `{ ${Array.from({ length: 50 }, (_, i) => `f${i}: file { w${i}: words words }`).join(' ')} }`,
  'after an open field': '{ a: file { id } b: folder { id first { id words } } files { id words } }',
  'as an entity': `${representation} { ... on File { words summary } ... on Folder { files { words } } } }`,
  'as an entity behind an interface': `${representation} { ... on Node { ... on Readable { words } } } }`,
  'in the answer to a mutation': 'mutation { touch { files { words } first { summary } } touchAll { words } }',
  'in the answer to a mutation that they may':
    'mutation { erase { file { words summary } folder { first { words } } words } }',
  'with directives': 'query ($yes: Boolean = true) { file { words @include(if: $yes) summary @skip(if: false) } }',
}

describe.each(Object.entries(ways))('a refused field asked for %s', (_way, query) => {
  test('is answered to nobody who may not have it, and to those who may', async () => {
    for (const caller of strangers) {
      const answer = await open().ask(caller, query, { of: claims })
      expect(JSON.stringify(answer), caller.kind).not.toContain(secret)
      expect(answer.errors?.length, caller.kind).toBeGreaterThan(0)
    }
    const holder = await open().ask(user(bob, 'file:read', 'file:erase'), query, { of: claims })
    expect(holder.errors).toBeUndefined()
    expect(JSON.stringify(holder.data)).toContain(secret)
    expect(JSON.stringify(await open().ask(user(ann, 'file:erase'), query, { of: claims }))).toContain(secret)
  })
})

test('a mutation that is refused runs none of its own, whatever stands beside it', async () => {
  const { ask, erased } = open()
  const answer = await ask(user(bob), 'mutation { a: erase { words } touch { id } b: erase { file { id } } }')
  expect(answer.data).toEqual({ a: null, touch: { id: 'f' }, b: null })
  expect(erased).toEqual([])
})

describe('a rule that fails is a refusal', () => {
  const failing = () => {
    throw new Error('The rule has a bug.')
  }
  test.each([
    ['when it looks at the caller', { ...signedIn, allows: failing }],
    ['when it looks at a row', orRow(hasScope('none'), 'failing', failing)],
    ['when it looks at what it needs of a row', { ...reads, row: failing, allows: () => false }],
    ['when one of two fails', either(andRow(signedIn, 'failing', failing), reads)],
    ['when it forgets to say yes or no', { ...signedIn, allows: () => undefined as never }],
    ['when it says something else', orRow(hasScope('none'), 'odd', () => 'yes' as never)],
    ['when it says something else of the caller', { ...signedIn, allows: () => 1 as never }],
  ])('%s', async (_when, rule) => {
    const { ask } = open({ ...permissions, File: { ...permissions.File, words: rule } })
    const answer = await ask(user(ann), '{ files { id words } again: files { words } }')
    expect(answer.data).toEqual({
      files: [file, file].map(() => ({ id: '1', words: null })),
      again: [file, file].map(() => ({ words: null })),
    })
    // Neither the bug nor the field's words are told.
    expect(JSON.stringify(answer)).not.toMatch(/bug|words of the file/)
  })
})
