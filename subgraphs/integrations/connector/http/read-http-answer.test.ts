import { describe, expect, it } from 'vitest'
import { readHttpAnswer } from './read-http-answer.ts'

const answer = (contentType: string | undefined, body: string | Buffer, headers = {}) =>
  readHttpAnswer(
    {
      status: 200,
      headers: { ...headers, ...(contentType === undefined ? {} : { 'content-type': contentType }) },
      body: Buffer.from(body),
    },
    ['the-secret-token', 'short'],
  )

describe('readHttpAnswer', () => {
  it.each([
    ['application/json', '{"a":1}', { a: 1 }],
    ['application/json; charset=utf-8', '"ü"', 'ü'],
    ['application/problem+json', '[]', []],
    ['APPLICATION/JSON', 'null', null],
    ['application/json', 'not json', 'not json'],
    ['text/plain', '{"a":1}', '{"a":1}'],
    ['text/html; charset=iso-8859-1', Buffer.from([0xfc]), 'ü'],
    ['application/xml', '<a/>', '<a/>'],
    [undefined, 'plain', 'plain'],
    ['application/json', '', null],
    ['image/png', Buffer.from([0x89, 0x50]), null],
    ['text/plain', Buffer.from([0xff, 0xfe, 0xff]), null],
    ['text/plain; charset=nonsense', 'x', null],
    ['application/jsonp-not', 'x', null],
  ])('reads %s (%#)', (contentType, body, expected) => {
    expect(answer(contentType, body).body).toEqual(expected)
  })

  it('tells some headers, never cookies', () => {
    const { headers } = answer('text/plain', 'x', {
      etag: '"1"',
      link: ['<a>', '<b>'],
      'x-ratelimit-remaining': '7',
      'set-cookie': ['session=canary'],
      server: 'inside-7',
    })
    expect(headers).toEqual({
      'content-type': 'text/plain',
      etag: '"1"',
      link: '<a>, <b>',
      'x-ratelimit-remaining': '7',
    })
  })

  it('masks a secret that the service repeats', () => {
    const { body, headers } = answer('application/json', '{"sent":"Bearer the-secret-token","word":"short"}', {
      location: '/?t=the-secret-token',
    })
    expect(body).toEqual({ sent: 'Bearer [redacted]', word: 'short' })
    expect(headers.location).toBe('/?t=[redacted]')
  })
})
