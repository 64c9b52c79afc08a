import { expect, test } from 'vitest'
import { redacted } from './redacted.ts'

const canary = 'canary-9f8e7d6c5b4a39281706'

test.each([
  [{ headers: { Authorization: `Bearer ${canary}`, 'X-Api-Key': canary, Cookie: canary, accept: 'text/plain' } }],
  [{ body: { password: canary, user: { accessToken: canary, client_secret: canary, key: canary, apiKey: canary } } }],
  [{ list: [{ refresh_token: canary }, { privateKey: { pem: canary } }] }],
  [{ url: `https://example.com/a?page=1&access_token=${canary}&b=2` }],
  [{ url: `https://user:${canary}@example.com/` }],
  [{ text: `Use Bearer ${canary} to call it` }],
])('no credential is left in %j', (input) => {
  expect(JSON.stringify(redacted(input))).not.toContain(canary)
})

test('a signed token is told by its shape, under whatever name', () => {
  const token = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJlLWNhbmFyeQ'
  expect(redacted({ note: `it is ${token}.` })).toEqual({ note: 'it is [redacted].' })
})

test('what is no credential stays as it is', () => {
  const input = { url: 'https://example.com/?page=1', keys: [1], tokens: 3, monkey: 'x', body: { name: 'A', n: null } }
  expect(redacted(input)).toEqual(input)
})
