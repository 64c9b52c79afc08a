import { buildSchema, OperationTypeNode, parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { isSelected, readDocument, toggleField } from './edit-selection.ts'

const schema = buildSchema(`
  type Query { agents(first: Int): Agents! agent(id: ID!): Agent viewer: String find: Found }
  type Mutation { rename(id: ID!, input: Renaming!): Agent }
  input Renaming { name: String! }
  type Agents { totalCount: Int nodes: [Agent!]! }
  type Agent { id: ID! name: String boss: Agent }
  union Found = Agent | Agents
`)
const { QUERY, MUTATION } = OperationTypeNode
const toggle = (text: string, path: string, kind = QUERY) => {
  const document = readDocument(text)
  if (document === undefined) throw new Error('no document')
  const changed = toggleField(document, schema, { kind, path: path.split('.') })
  if (changed !== '') expect(validate(schema, parse(changed))).toEqual([])
  return changed.replaceAll(/\s+/g, ' ').trim()
}

describe('a field that is chosen', () => {
  it.each([
    ['', 'viewer', '{ viewer }'],
    ['# nothing yet', 'agents', '{ agents { totalCount } }'],
    ['', 'agents.nodes.boss', '{ agents { nodes { boss { id } } } }'],
    ['', 'find', '{ find { __typename } }'],
    ['query Q { viewer }', 'agents.nodes.name', 'query Q { viewer agents { nodes { name } } }'],
    ['{ agent(id: 1) { id } }', 'agent.name', '{ agent(id: 1) { id name } }'],
    ['', 'agent', 'query ($id: ID!) { agent(id: $id) { id } }'],
    [
      'query ($id: Int) { agents(first: $id) { totalCount } }',
      'agent.name',
      'query ($id: Int, $id_: ID!) { agents(first: $id) { totalCount } agent(id: $id_) { name } }',
    ],
  ])('is added to %j by %s with what it needs: %s', (text, path, expected) => {
    expect(toggle(text, path)).toBe(expected)
  })

  it('of a mutation gets an operation of its own beside the query', () => {
    expect(toggle('{ viewer }', 'rename', MUTATION)).toBe(
      'query MyQuery { viewer } mutation MyMutation($id: ID!, $input: Renaming!) { rename(id: $id, input: $input) { id } }',
    )
  })
})

describe('a field that is chosen no more', () => {
  it.each([
    ['{ viewer agents { totalCount } }', 'agents', '{ viewer }'],
    ['{ viewer agents { nodes { name } } }', 'agents.nodes.name', '{ viewer }'],
    ['query ($id: ID!) { viewer agent(id: $id) { id } }', 'agent', '{ viewer }'],
    ['{ viewer }', 'viewer', ''],
    ['{ a: viewer ...F } fragment F on Query { viewer }', 'viewer', '{ ...F } fragment F on Query { viewer }'],
  ])('leaves %j without %s: %s', (text, path, expected) => {
    expect(toggle(text, path)).toBe(expected)
  })
})

it('what cannot be read is told from what is empty', () => {
  expect([readDocument('{'), readDocument(' # a\n')]).toEqual([undefined, null])
  const document = readDocument('{ agents { nodes { name } } }') ?? null
  expect(isSelected(document, { kind: QUERY, path: ['agents', 'nodes'] })).toBe(true)
  expect(isSelected(document, { kind: QUERY, path: ['agents', 'totalCount'] })).toBe(false)
  expect(isSelected(document, { kind: MUTATION, path: ['rename'] })).toBe(false)
})
