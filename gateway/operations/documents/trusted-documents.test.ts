import { buildSchema, parse, print } from 'graphql'
import { describe, expect, test } from 'vitest'
import { documentFile, sha256 } from './document-file.ts'
import { TrustedDocuments } from './trusted-documents.ts'

const schema = buildSchema('type Query { book(id: ID!): Book shelf: String } type Book { id: ID! title: String }')
const file = (client: string, name: string, text: string) =>
  documentFile(client, `clients/${client}/operations/${name}`, text)
const book =
  '# The one book.\nquery Book($id: ID!) {\n  book(id: $id) { ...Title }\n}\n\nfragment Title on Book {\n  title\n}\n'
const over = (...files: ReturnType<typeof file>[]) => TrustedDocuments.over(schema, files)

describe('a registered operation', () => {
  test('is found by the hash of its file, as it stands and as graphql-js prints it, and by its name', async () => {
    const trusted = await over(file('web', 'book.graphql', book))
    const printed = sha256(print(parse(book)))
    for (const id of [sha256(book), `sha256:${sha256(book)}`, printed, sha256(book.trim()), 'Book'])
      expect(trusted.find(id, 'web')).toMatchObject({ client: 'web', name: 'Book', kind: 'query', text: book })
    expect(trusted.find(sha256('other'), 'web')).toBeUndefined()
    expect(trusted.find('__proto__', 'web')).toBeUndefined()
  })

  test('is recognized by its text however it is laid out, and by no other text', async () => {
    const trusted = await over(file('web', 'book.graphql', book))
    const laidOut = [
      book,
      book.trim(),
      print(parse(book)),
      book.replace(/#.*\n/, '').replace(/\s+/g, ' '),
      `# x\n${book},,`,
    ]
    expect(laidOut.map((text) => trusted.registeredFor(text, 'web'))).toEqual(laidOut.map(() => 'web'))
    const others = [
      book.replace('title', 'id'),
      `${book} query B { shelf }`,
      'query Book {',
      '',
      '"',
      `{${' '.repeat(100_000)}}`,
    ]
    for (const text of [...others, ...others]) expect(trusted.registeredFor(text, 'web')).toBeNull()
  })

  test('is the client’s own, unless it is everybody’s', async () => {
    const shelf = 'query Shelf { shelf }'
    const trusted = await over(file('web', 'book.graphql', book), file('default', 'shelf.graphql', shelf))
    expect([
      trusted.find('Book', 'cli'),
      trusted.find(sha256(book), 'cli'),
      trusted.registeredFor(book, 'cli'),
    ]).toEqual([undefined, undefined, null])
    expect([trusted.find('Shelf', 'cli')?.client, trusted.registeredFor(shelf, 'web')]).toEqual(['default', 'default'])
  })

  test('that two clients have is each one’s, as each laid it out', async () => {
    const compact = 'query Book($id:ID!){book(id:$id){...Title}}fragment Title on Book{title}'
    const trusted = await over(file('web', 'book.graphql', book), file('cli', 'book.graphql', compact))
    expect(trusted.find(sha256(book), 'cli')?.text).toBe(compact)
    expect([trusted.registeredFor(compact, 'web'), trusted.registeredFor(compact, 'cli')]).toEqual(['web', 'cli'])
  })
})

describe('a file that cannot be trusted', () => {
  test.each([
    ['no GraphQL', 'query Book {', null, 'Syntax Error: Expected Name, found <EOF>.'],
    [
      'no operation',
      'fragment Title on Book { title }',
      null,
      'A file holds one operation, which has a name, and the fragments that it uses.',
    ],
    [
      'an operation without a name',
      '{ shelf }',
      null,
      'A file holds one operation, which has a name, and the fragments that it uses.',
    ],
    [
      'two operations',
      'query A { shelf } query B { shelf }',
      null,
      'A file holds one operation, which has a name, and the fragments that it uses.',
    ],
    [
      'a field that is not there',
      'query A {\n  shelf\n  ceiling\n}',
      'A',
      'Cannot query field "ceiling" on type "Query". (line 3)',
    ],
    ['a kind that is not there', 'mutation A { add }', 'A', 'The schema has no mutation operations.'],
    ['an unused fragment', 'query A { shelf } fragment T on Book { id }', 'A', 'Fragment "T" is never used. (line 1)'],
  ])('is left out and named: %s', async (_what, text, operation, fault) => {
    const trusted = await over(file('web', 'a.graphql', text), file('web', 'book.graphql', book))
    expect(trusted.documents.map(({ name }) => name)).toEqual(['Book'])
    expect(trusted.faults).toEqual([{ client: 'web', path: 'clients/web/operations/a.graphql', operation, fault }])
    expect(trusted.registeredFor(text, 'web')).toBeNull()
  })

  test('is the second of a name', async () => {
    const trusted = await over(
      file('web', 'a.graphql', 'query A { shelf }'),
      file('web', 'b.graphql', 'query A { s: shelf }'),
    )
    expect(trusted.documents).toHaveLength(1)
    expect(trusted.faults[0]?.fault).toBe('clients/web/operations/a.graphql has an operation of this name too.')
  })
})
