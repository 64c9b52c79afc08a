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

/** A repository with two files, supergraph and roles; `commit` commits them with the given texts. */
function repository() {
  const root = mkdtempSync(join(tmpdir(), 'schema-base-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: root,
      encoding: 'utf8',
    }).trim()
  mkdirSync(join(root, 'gateway'))
  mkdirSync(join(root, 'docs/reference'), { recursive: true })
  git('init', '-q', '-b', 'main')
  const change = (text: string, roles = '{}') => {
    writeFileSync(join(root, 'gateway/supergraph.graphql'), text)
    writeFileSync(join(root, 'docs/reference/roles.json'), roles)
  }
  const commit = (text: string, roles?: string) => {
    change(text, roles)
    git('add', '.')
    git('commit', '-q', '--allow-empty', '-m', text)
    return git('rev-parse', '--short', 'HEAD')
  }
  return { root, git, change, commit }
}

const checked = (supergraph: string, roles: string | undefined = '{}') => ({ supergraph, roles })

describe('the base of the comparison', () => {
  test('is main also when only the roles differ from it, and when main does not know them yet', () => {
    const { root, git, commit } = repository()
    const first = commit('one')
    expect(findBase(checked('one', '{"viewer":[]}'), root)).toMatchObject({ commit: first, roles: '{}' })
    git('rm', '-q', 'docs/reference/roles.json')
    git('commit', '-q', '-m', 'no roles')
    expect(findBase(checked('one'), root)).toMatchObject({ found: 'main', roles: undefined })
  })

  test('is main while the work tree differs from it', () => {
    const { root, commit } = repository()
    const first = commit('one')
    expect(findBase(checked('two'), root)).toEqual({ commit: first, found: 'main', ...checked('one') })
  })

  test('is origin/main before main', () => {
    const { root, git, commit } = repository()
    const first = commit('one')
    git('update-ref', 'refs/remotes/origin/main', first)
    commit('two')
    expect(findBase(checked('three'), root)).toMatchObject({ commit: first, found: 'origin/main' })
  })

  test('is on main itself the last release, whatever stood in between', () => {
    const { root, git, commit } = repository()
    const released = commit('one')
    git('tag', 'v1.0.0')
    commit('two')
    commit('three')
    expect(findBase(checked('three'), root)).toEqual({ commit: released, found: 'v1.0.0', ...checked('one') })
  })

  test('is the one that was asked for, before any other', () => {
    const { root, commit } = repository()
    const first = commit('one')
    commit('two')
    expect(findBase(checked('three'), root, first)).toMatchObject({ commit: first, supergraph: 'one' })
  })

  test('is nothing on a main that was never released', () => {
    const { root, commit } = repository()
    expect(findBase(checked('one'), root)).toBeUndefined()
    commit('one')
    expect(findBase(checked('one'), root)).toBeUndefined()
    expect(findBase(checked('one'), root, 'no-such-branch')).toBeUndefined()
  })
})

/** Runs the check as `make schema-check` does. */
function check(root: string, env: Record<string, string> = {}) {
  const args = ['--import', import.meta.resolve('tsx'), resolve('scripts/check-schema.ts')]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  return { status, stdout, stderr }
}

test('a break fails until it is allowed for once, or accepted for good where it is explained', () => {
  const { root, change, commit } = repository()
  commit(supergraph('type Query { book: Int shelf: Int }'))
  change(supergraph('type Query { book: Int }'))
  const line = "- Field 'shelf' was removed from object type 'Query'"
  expect(check(root)).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/^Breaking changes since \w+ \(main\): 1\.\n/m),
  })
  expect(check(root, { ALLOW_BREAKING: '1' })).toMatchObject({
    status: 0,
    stdout: expect.stringContaining(`${line}\n`),
  })
  writeFileSync(join(root, 'docs/schema-changes.md'), `# Breaks\n\n${line}\n  Nobody had a shelf.\n`)
  expect(check(root)).toMatchObject({ status: 0, stdout: expect.stringContaining(`${line} (accepted)\n`) })
})

test('a client that loses an operation is named with it, whatever was accepted', () => {
  const { root, change, commit } = repository()
  const write = (file: string, text: string) => {
    mkdirSync(join(root, 'clients/console/operations'), { recursive: true })
    writeFileSync(join(root, 'clients/console', file), text)
  }
  commit(supergraph('type Query { book: Int shelf: Int }'))
  write('profile.yaml', 'description: A console.\nbindings:\n  - session: true\n')
  write('operations/shelf.graphql', 'query Shelf {\n  shelf\n}\n')
  change(supergraph('type Query { book: Int shelf: Int }'))
  expect(check(root)).toMatchObject({ status: 0, stderr: '' })
  change(supergraph('type Query { book: Int }'))
  expect(check(root, { ALLOW_BREAKING: '1' })).toMatchObject({
    status: 1,
    stderr:
      'Client console loses Shelf (clients/console/operations/shelf.graphql): Cannot query field "shelf" on type "Query". (line 2)\n',
  })
  change(supergraph('type Query { book: Int shelf: Int }'))
  write('profile.yaml', 'description: A console.\n')
  expect(check(root)).toMatchObject({
    status: 1,
    stderr: 'clients/console/profile.yaml: bindings must state at least one way to be this client.\n',
  })
})

describe('who may do what', () => {
  const guarded = (rule: string) =>
    composed([
      {
        name: 'books',
        url: 'http://books.example.com',
        typeDefs: `extend schema
          @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated", "@requiresScopes", "@composeDirective"])
          @link(url: "https://specs.example.com/access/v1.0", import: ["@access"]) @composeDirective(name: "@access")
          directive @access(rule: String!, scopes: [String!], row: Boolean! = false, stepUp: Boolean! = false) repeatable on FIELD_DEFINITION | OBJECT
          type Query { book: Int ${rule} }`,
      },
    ])
  const needsScope = guarded('@requiresScopes(scopes: [["book:read"]]) @access(rule: "hasScope(book:read)")')
  const needsSignIn = guarded('@authenticated @access(rule: "signedIn")')
  const roles = (...scopes: string[]) => JSON.stringify({ viewer: scopes })

  test('is printed for the reviewer when a rule or a role changes, and never fails the check', () => {
    const { root, change, commit } = repository()
    const first = commit(needsScope, roles())
    change(needsSignIn, roles())
    expect(check(root)).toMatchObject({
      status: 0,
      stdout: `Authorization since ${first} (main):\n- role viewer gains Query.book (book:read → signedIn)\nBreaking changes since ${first} (main): 0.\n`,
    })
    change(needsScope, roles('book:read'))
    expect(check(root)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(
        '- role viewer gains the scope book:read\n- role viewer gains Query.book (book:read)\n',
      ),
    })
  })

  test('is said not to have changed when it has not, and not to be compared with what states no rules', () => {
    const { root, change, commit } = repository()
    const first = commit(needsSignIn, roles())
    change(`# A remark.\n${needsSignIn}`, roles())
    expect(check(root)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Authorization: no change\.\n/) })
    const second = commit(supergraph('type Query { book: Int }'), roles())
    change(needsSignIn, roles())
    expect(check(root)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(
        `Authorization: ${second} (main) does not say its rules and roles: not compared.\n`,
      ),
    })
    expect(check(root, { SCHEMA_BASE: first }).stdout).toContain('Authorization: no change.')
  })

  test('of a wrong base is not asked', () => {
    const { root, commit } = repository()
    commit(needsSignIn, roles())
    expect(check(root, { SCHEMA_BASE: 'no-such-branch' }).status).toBe(1)
  })
})
