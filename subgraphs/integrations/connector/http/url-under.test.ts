import { describe, expect, it } from 'vitest'
import { urlUnder } from './url-under.ts'

const base = 'https://api.example.com/v1'

describe('urlUnder', () => {
  it.each([
    ['', 'https://api.example.com/v1'],
    ['/', 'https://api.example.com/v1'],
    ['users', 'https://api.example.com/v1/users'],
    ['/users/7', 'https://api.example.com/v1/users/7'],
    ['users/', 'https://api.example.com/v1/users/'],
    ['//other.example', 'https://api.example.com/v1//other.example'],
    ['https://other.example/', 'https://api.example.com/v1/https://other.example/'],
    ['@other.example', 'https://api.example.com/v1/@other.example'],
    ['projects/group%2Fname', 'https://api.example.com/v1/projects/group%2Fname'],
    ['a.b/..c/d..', 'https://api.example.com/v1/a.b/..c/d..'],
    ['grüße', 'https://api.example.com/v1/gr%C3%BC%C3%9Fe'],
    ['a b', 'https://api.example.com/v1/a%20b'],
    ['100%25', 'https://api.example.com/v1/100%25'],
  ])('leads %j to %s', (path, url) => {
    expect(urlUnder(base, path).href).toBe(url)
    expect(urlUnder(`${base}/`, path).href).toBe(path === '' || path === '/' ? `${base}/` : url)
  })

  it.each(['https://api.example.com', 'https://api.example.com/'])('leads into the root of %s', (root) => {
    expect(urlUnder(root, 'users').href).toBe('https://api.example.com/users')
    expect(urlUnder(root, '').href).toBe('https://api.example.com/')
    expect(urlUnder(root, '//other.example/x').origin).toBe('https://api.example.com')
  })

  it.each([
    '..',
    '../admin',
    '/../admin',
    'users/../../admin',
    'users/..',
    './x',
    '%2e%2e/admin',
    '%2E./admin',
    '.%2e/admin',
    '%252e%252e/admin',
    '%25252e%25252e%25252fadmin',
    '%2525252525252e%2525252525252e/admin',
    'users%2f..%2fadmin',
    '..%2fadmin',
    '..%5cadmin',
    '..;/admin',
    '..;x=1/admin',
    '.. /admin',
    '..%20/admin',
    '%c0%ae%c0%ae/admin',
    '%e0%80%ae./admin',
    '..\\admin',
    '\\\\other.example\\x',
    '.\t./admin',
    '.\n./admin',
    '\u0000',
    '.\u200b./admin',
    'users?admin=1',
    'users#x',
    '100%',
    '%zz',
    '\ud800',
  ])('refuses %j, which some server reads as leaving the base', (path) => {
    expect(() => urlUnder(base, path)).toThrow(
      expect.objectContaining({ code: 'ACTION_INPUT_INVALID', retryable: false }),
    )
  })

  it('writes a query that cannot break out of its values', () => {
    const url = urlUnder(base, 'find', { q: 'a&b=c#d', page: 2, all: true, tag: ['x', 'y'] })
    expect(url.href).toBe('https://api.example.com/v1/find?q=a%26b%3Dc%23d&page=2&all=true&tag=x&tag=y')
  })
})
