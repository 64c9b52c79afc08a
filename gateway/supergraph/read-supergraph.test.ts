import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { composed } from '../../tests/kit/toy-supergraph.ts'
import { parseSupergraph, readSupergraph } from './read-supergraph.ts'

const link = (imports: string) =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${imports}])`
const sdl = composed([
  { name: 'a', url: 'http://a.example.com/graphql', typeDefs: `${link('"@key"')} type Query { x: Int }` },
  { name: 'b', url: 'http://b.example.com/graphql', typeDefs: `${link('"@key"')} type Query { y: Int }` },
])
const none = new Map<string, string>()

describe('a supergraph', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'supergraph-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const file = async (text: string) => {
    const path = join(folder, `${createHash('sha256').update(text).digest('hex')}.graphql`)
    await writeFile(path, text)
    return path
  }

  it('is known by the hash of its file, whatever the urls in force', async () => {
    const path = await file(sdl)
    const id = createHash('sha256').update(sdl).digest('hex')
    expect(await readSupergraph(path, none)).toMatchObject({ id })
    expect(await readSupergraph(path, new Map([['a', 'http://10.0.0.1/graphql']]))).toMatchObject({ id })
  })

  it('keeps its routing urls except those that are overridden', () => {
    const url = 'https://10.0.0.1:4001/graphql'
    const { subgraphs, sdl: planned } = parseSupergraph(sdl, new Map([['b', url]]))
    expect(subgraphs).toEqual([
      { name: 'a', url: 'http://a.example.com/graphql' },
      { name: 'b', url },
    ])
    expect(planned).toContain(url)
    expect(planned).not.toContain('b.example.com')
  })

  it('that is missing is asked for by name and remedy', async () => {
    const path = join(folder, 'nowhere.graphql')
    await expect(readSupergraph(path, none)).rejects.toThrow(
      `The supergraph ${path} cannot be read (ENOENT). Compose it first, or set SUPERGRAPH_PATH.`,
    )
  })

  it.each([
    ['does not parse', 'type Query {', /is not GraphQL: Syntax Error/],
    ['is empty', '', /is not GraphQL/],
    ['is a plain schema', 'type Query { x: Int }', /is not a composed supergraph/],
    ['has no routing url', sdl.replace('http://a.example.com/graphql', ''), /Subgraph a has no http routing url/],
    ['routes to a file', sdl.replace('http://a.example.com', 'file:///etc'), /Subgraph a has no http routing url/],
  ])('that %s is refused in words that say so', async (_what, text, words) => {
    await expect(readSupergraph(await file(text), none)).rejects.toThrow(words)
  })
})
