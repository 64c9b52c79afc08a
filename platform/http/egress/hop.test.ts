import { describe, expect, it } from 'vitest'
import { EgressFailedError, EgressRefusedError } from './egress.errors.ts'
import { checkHeaders, checkMethod, type Hop, nextHop } from './hop.ts'

const hop = (parts: Partial<Hop> = {}): Hop => ({
  url: 'https://api.example.com/a/b?c=d',
  method: 'GET',
  headers: { authorization: 'Bearer canary', cookie: 'a=canary', 'x-api-key': 'canary', accept: 'a/b' },
  body: undefined,
  ...parts,
})

describe('nextHop', () => {
  it.each([200, 204, 300, 304, 305, 306, 400, 500])('follows nothing on %i', (status) => {
    expect(nextHop(hop(), status, '/next')).toBeUndefined()
  })

  it('follows nothing without a location', () => {
    expect(nextHop(hop(), 302, undefined)).toBeUndefined()
  })

  it.each([
    ['/next', 'https://api.example.com/next'],
    ['next?x', 'https://api.example.com/a/next?x'],
    ['', 'https://api.example.com/a/b?c=d'],
    ['//other.example.com/', 'https://other.example.com/'],
    ['https://api.example.com:443/x', 'https://api.example.com/x'],
    ['\\\\other.example.com\\', 'https://other.example.com/'],
  ])('reads the location %j against the current address', (location, url) => {
    expect(String(nextHop(hop(), 302, location)?.url)).toBe(url)
  })

  it.each([
    [301, 'GET', 'GET', false],
    [301, 'POST', 'GET', false],
    [301, 'PUT', 'PUT', true],
    [302, 'POST', 'GET', false],
    [302, 'HEAD', 'HEAD', false],
    [302, 'DELETE', 'DELETE', true],
    [303, 'POST', 'GET', false],
    [303, 'PUT', 'GET', false],
    [303, 'HEAD', 'HEAD', false],
    [307, 'POST', 'POST', true],
    [307, 'GET', 'GET', false],
    [308, 'PATCH', 'PATCH', true],
  ])('%i turns %s into %s, with its body: %s', (status, method, next, withBody) => {
    const body = ['GET', 'HEAD'].includes(method) ? undefined : 'text'
    const followed = nextHop(hop({ method, body, headers: { 'content-type': 'text/plain' } }), status, '/next')
    expect(followed?.method).toBe(next)
    expect(followed?.body).toBe(withBody ? 'text' : undefined)
    expect(followed?.headers['content-type']).toBe(withBody ? 'text/plain' : undefined)
  })

  it('keeps the credentials within the origin', () => {
    expect(nextHop(hop(), 307, '/next')?.headers).toEqual(hop().headers)
  })

  it.each([
    'https://other.example.com/',
    'https://example.com/',
    'https://sub.api.example.com/',
    'https://api.example.com:8443/',
    'https://api.example.com.evil.example/',
  ])('drops every header that may hold a credential on the way to %s', (location) => {
    expect(nextHop(hop(), 307, location)?.headers).toEqual({ accept: 'a/b' })
  })

  it('drops them on the way from http to https, which is another origin too', () => {
    const next = nextHop(hop({ url: 'http://api.example.com/' }), 308, 'https://api.example.com/')
    expect(next?.headers).toEqual({ accept: 'a/b' })
  })

  it('refuses to go from https to http, even on the same host', () => {
    expect(() => nextHop(hop(), 302, 'http://api.example.com/')).toThrow(EgressRefusedError)
  })

  it('refuses to carry a body to another origin', () => {
    expect(() => nextHop(hop({ method: 'POST', body: 'x' }), 307, 'https://other.example.com/')).toThrow(
      EgressRefusedError,
    )
    expect(nextHop(hop({ method: 'POST', body: 'x' }), 303, 'https://other.example.com/')?.body).toBeUndefined()
  })

  it.each(['http://', 'https://[::1', 'http://exa mple.com'])('fails on the unreadable location %j', (location) => {
    expect(() => nextHop(hop(), 302, location)).toThrow(EgressFailedError)
  })

  it('fails on two locations', () => {
    expect(() => nextHop(hop(), 302, ['/a', '/b'])).toThrow(EgressFailedError)
  })
})

describe('checkMethod', () => {
  it.each(['get', 'HEAD', 'Post', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('accepts %s', (method) => {
    expect(checkMethod(method)).toBe(method.toUpperCase())
  })

  it.each(['', 'CONNECT', 'TRACE', 'TRACK', 'GET ', 'GET\r\nX: y', 'PROPFIND'])('refuses %j', (method) => {
    expect(() => checkMethod(method)).toThrow(EgressRefusedError)
  })
})

describe('checkHeaders', () => {
  it('lowers the names and lets the caller name its own agent and codings', () => {
    expect(checkHeaders({ 'X-Api-Key': 'k', 'User-Agent': 'mine', 'Accept-Encoding': 'identity' })).toEqual({
      'x-api-key': 'k',
      'user-agent': 'mine',
      'accept-encoding': 'identity',
    })
  })

  it.each([
    ['Host', 'internal.example'],
    ['Connection', 'close'],
    ['Content-Length', '5'],
    ['Transfer-Encoding', 'chunked'],
    ['Upgrade', 'h2c'],
    ['Expect', '100-continue'],
    ['Proxy-Authorization', 'Basic x'],
    ['X-Y', 'a\r\nHost: b'],
    ['X-Y', 'a\u0000'],
    ['X-Y', 'snowman ☃'],
    ['X Y', 'canary'],
    ['', 'canary'],
  ])('refuses %j: %j without repeating the value', (name, value) => {
    expect(() => checkHeaders({ [name]: value })).toThrow(EgressRefusedError)
    expect(() => checkHeaders({ [name]: value })).not.toThrow(value)
  })
})
