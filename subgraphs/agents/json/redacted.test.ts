import { expect, test } from 'vitest'
import { redacted } from './redacted.ts'

const canary = 'canary-9f8e7d6c5b4a39281706'

test.each([
  [{ headers: { Authorization: `Bearer ${canary}`, 'X-Api-Key': canary, Cookie: canary, accept: 'text/plain' } }],
  [{ body: { password: canary, user: { accessToken: canary, client_secret: canary, key: canary, apiKey: canary } } }],
  [{ list: [{ refresh_token: canary }, { privateKey: { pem: canary } }] }],
  [{ url: `https://example.com/a?page=1&access_token=${canary}&b=2` }],
  [{ url: `https://user:${canary}@example.com/` }],
  [{ url: `https://${canary}@example.com/a` }],
  [{ url: `https://user:p@${canary}@example.com/a` }],
  [{ url: `https://example.com/a?access%5Ftoken=${canary}` }],
  [{ url: `https://example.com/a#access_token=${canary}` }],
  [{ url: `https://example.com/a?X-Amz-Signature=${canary}&sig=${canary}` }],
  [{ body: `client_secret=${canary}&grant_type=client_credentials` }],
  [{ body: JSON.stringify({ login: { password: canary } }) }],
  [{ body: `{"password": "${canary}", "broken` }],
  [
    {
      headers: [
        { name: 'X-Api-Key', value: canary },
        { key: 'Cookie', value: canary },
      ],
    },
  ],
  [{ headers: [['authorization', canary]] }],
  [{ pwd: canary, signature: canary, 'X-Auth': canary, sessionId: canary }],
  [{ text: `Use Bearer ${canary} to call it` }],
])('no credential is left in %j', (input) => {
  expect(JSON.stringify(redacted(input))).not.toContain(canary)
})

test('a signed token is told by its shape, under whatever name', () => {
  const token = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJlLWNhbmFyeQ'
  expect(redacted({ note: `it is ${token}.` })).toEqual({ note: 'it is [redacted].' })
})

test('a large text that is no credential is looked through in no time', () => {
  const texts = [
    '"'.repeat(60_000),
    '//'.repeat(30_000),
    'a='.repeat(30_000),
    '"a":"'.repeat(12_000),
    'x'.repeat(60_000),
  ]
  const from = performance.now()
  for (const text of texts) redacted(text)
  expect(performance.now() - from).toBeLessThan(500)
})

test('what is no credential stays as it is', () => {
  const input = {
    url: 'https://example.com/?page=1',
    keys: [1],
    tokens: 3,
    monkey: 'x',
    body: { name: 'A', n: null },
    pair: [1, 'a'],
  }
  expect(redacted(input)).toEqual(input)
})
