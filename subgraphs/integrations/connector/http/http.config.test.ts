import { expect, test } from 'vitest'
import { httpConfigSchema } from './http.config.ts'

test('a base URL is enough, and then a bearer token is needed', () => {
  expect(httpConfigSchema.parse({ baseUrl: 'https://api.example.com/v1' })).toEqual({
    baseUrl: 'https://api.example.com/v1',
    headers: {},
    authentication: 'bearer',
    testPath: '',
  })
})

test.each([
  'ftp://api.example.com',
  'file:///etc/passwd',
  'javascript:1',
  'api.example.com',
  '',
  'https://',
  'https://user:password@api.example.com',
  'https://api.example.com?key=1',
  'https://api.example.com/#x',
  'https:\\\\api.example.com',
  ' https://api.example.com',
  `https://api.example.com/${'x'.repeat(2_048)}`,
])('%j is no base URL', (baseUrl) => {
  expect(httpConfigSchema.safeParse({ baseUrl }).success).toBe(false)
})

test.each(['Authorization', 'authorization', 'Cookie', 'X-Api-Key', 'Proxy-Authorization', 'a b', '', 'x\n'])(
  'the header %j may not stand in the configuration',
  (name) => {
    expect(httpConfigSchema.safeParse({ baseUrl: 'https://a.example', headers: { [name]: 'x' } }).success).toBe(false)
  },
)

test.each(['a\r\nb: c', 'ü', '\u0000'])('the header value %j is refused', (value) => {
  expect(httpConfigSchema.safeParse({ baseUrl: 'https://a.example', headers: { a: value } }).success).toBe(false)
})

test('what the schema does not name is refused', () => {
  expect(httpConfigSchema.safeParse({ baseUrl: 'https://a.example', bearerToken: 'x' }).success).toBe(false)
})
