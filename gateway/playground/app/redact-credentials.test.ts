import { describe, expect, it } from 'vitest'
import { redactCredentials } from './redact-credentials.ts'

describe('redacting an operation before it is stored', () => {
  it('blanks a password written into the document and leaves the rest as typed', () => {
    const query =
      'mutation { # sign in\n  login(input: { email: "a@example.com", password: "canary" }) { __typename }\n}'
    expect(redactCredentials(query, '').query).toBe(query.replace('"canary"', '""'))
  })

  it('blanks every literal below a field of secrets, and the default of a secret variable', () => {
    const query = `mutation M($refreshToken: String = "canary") {
      createConnection(input: { name: "kept", secrets: { any: "canary", list: ["canary", 42], block: """canary""" } }) { id }
    }`
    const safe = redactCredentials(query, '').query
    expect(safe).not.toMatch(/canary|42/)
    expect(safe).toContain('name: "kept"')
  })

  it('blanks a variable that is given to a credential, whatever the variable is called', () => {
    const query =
      'mutation ($p: String!, $name: String!) { login(input: { email: $name, password: $p }) { __typename } }'
    const { variables } = redactCredentials(query, '{"p": "canary", "name": "kept"}')
    expect(JSON.parse(variables)).toEqual({ p: '', name: 'kept' })
  })

  it('blanks credentials at any depth of the variables', () => {
    const variables = JSON.stringify({
      input: { email: 'kept', password: 'canary', secrets: { a: 'canary' }, apiKeys: ['canary'] },
    })
    const safe = redactCredentials('mutation ($input: LoginInput!) { login(input: $input) { __typename } }', variables)
    expect(JSON.parse(safe.variables)).toEqual({ input: { email: 'kept', password: '', secrets: {}, apiKeys: [] } })
  })

  it('keeps variables without credentials exactly as typed', () => {
    expect(redactCredentials('query ($first: Int) { a(first: $first) }', '{ "first":  5 }').variables).toBe(
      '{ "first":  5 }',
    )
  })

  it('drops what it cannot judge: broken variables, and a broken document that sounds like a credential', () => {
    expect(redactCredentials('{ a }', '{"password": "canary"')).toEqual({ query: '{ a }', variables: '' })
    expect(redactCredentials('mutation { login(password: "canary"', '{"p": "canary"}')).toEqual({
      query: '',
      variables: '',
    })
    expect(redactCredentials('{ agents { edges {', '').query).toBe('{ agents { edges {')
  })
})
