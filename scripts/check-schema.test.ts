import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { composed } from '../tests/kit/toy-supergraph.ts'
import { breakingChanges, findBase, unaccepted } from './check-schema.ts'

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated", "@inaccessible"])'
const supergraph = (typeDefs: string) =>
  composed([{ name: 'books', url: 'http://books.example.com', typeDefs: `${link} ${typeDefs}` }])

describe('breaking changes', () => {
  const before = supergraph(
    'type Query { book(id: ID!): Book secret: Int @inaccessible } type Book @key(fields: "id") { id: ID! title: String! }',
  )

  test('a field that is gone and an argument that became required are named', async () => {
    const after = supergraph('type Query { book(id: ID!, shelf: Int!): Book } type Book @key(fields: "id") { id: ID! }')
    expect(await breakingChanges(before, after)).toEqual([
      "Argument 'shelf: Int!' added to field 'Query.book'",
      "Field 'title' was removed from object type 'Book'",
    ])
  })

  test('additions, rights and what clients cannot see are none', async () => {
    const after = supergraph(
      'type Query { book(id: ID!): Book books: [Book!] } type Book @key(fields: "id") @authenticated { id: ID! title: String! pages: Int }',
    )
    expect(await breakingChanges(before, after)).toEqual([])
  })

  test('a change is accepted only when it is listed word for word', () => {
    const changes = ["Field 'a' was removed", "Field 'b' was removed"]
    expect(
      unaccepted(changes, "# Changes\n\n- Field 'a' was removed\n  It never worked.\nField 'b' was removed\n"),
    ).toEqual(["Field 'b' was removed"])
  })
})

/** A repository with one file, the supergraph; `commit` commits it with the given text. */
function repository() {
  const root = mkdtempSync(join(tmpdir(), 'schema-base-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: root,
      encoding: 'utf8',
    }).trim()
  mkdirSync(join(root, 'gateway'))
  git('init', '-q', '-b', 'main')
  const commit = (text: string) => {
    writeFileSync(join(root, 'gateway/supergraph.graphql'), text)
    git('add', '.')
    git('commit', '-q', '--allow-empty', '-m', text)
    return git('rev-parse', '--short', 'HEAD')
  }
  return { root, git, commit }
}

describe('the base of the comparison', () => {
  test('is main while the work tree differs from it', () => {
    const { root, commit } = repository()
    const first = commit('one')
    expect(findBase('two', root)).toEqual({ commit: first, found: 'main', supergraph: 'one' })
  })

  test('is origin/main before main', () => {
    const { root, git, commit } = repository()
    const first = commit('one')
    git('update-ref', 'refs/remotes/origin/main', first)
    commit('two')
    expect(findBase('three', root)).toMatchObject({ commit: first, found: 'origin/main' })
  })

  test('is on main itself the last release, whatever stood in between', () => {
    const { root, git, commit } = repository()
    const released = commit('one')
    git('tag', 'v1.0.0')
    commit('two')
    commit('three')
    expect(findBase('three', root)).toEqual({ commit: released, found: 'v1.0.0', supergraph: 'one' })
  })

  test('is the one that was asked for, before any other', () => {
    const { root, commit } = repository()
    const first = commit('one')
    commit('two')
    expect(findBase('three', root, first)).toMatchObject({ commit: first, supergraph: 'one' })
  })

  test('is nothing on a main that was never released', () => {
    const { root, commit } = repository()
    expect(findBase('one', root)).toBeUndefined()
    commit('one')
    expect(findBase('one', root)).toBeUndefined()
    expect(findBase('one', root, 'no-such-branch')).toBeUndefined()
  })
})

test('a break fails until it is allowed for once, or accepted for good where it is explained', () => {
  const { root, commit } = repository()
  commit(supergraph('type Query { book: Int shelf: Int }'))
  writeFileSync(join(root, 'gateway/supergraph.graphql'), supergraph('type Query { book: Int }'))
  const check = (env: Record<string, string> = {}) => {
    const args = ['--import', import.meta.resolve('tsx'), resolve('scripts/check-schema.ts')]
    const { status, stdout } = spawnSync(process.execPath, args, {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, ...env },
    })
    return { status, stdout }
  }
  const line = "- Field 'shelf' was removed from object type 'Query'"
  expect(check()).toEqual({ status: 1, stdout: expect.stringMatching(/^Breaking changes since \w+ \(main\): 1\.\n/) })
  expect(check({ ALLOW_BREAKING: '1' })).toEqual({ status: 0, stdout: expect.stringContaining(`${line}\n`) })
  mkdirSync(join(root, 'docs'))
  writeFileSync(join(root, 'docs/schema-changes.md'), `# Breaks\n\n${line}\n  Nobody had a shelf.\n`)
  expect(check()).toEqual({ status: 0, stdout: expect.stringContaining(`${line} (accepted)\n`) })
})
