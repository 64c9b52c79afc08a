import type { Socket } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { codeOf, get, openEgressLab } from '../../../tests/kit/egress-lab.ts'

const lab = openEgressLab()
const { http, tcp, egressTo } = lab
afterEach(() => lab.close())

describe('the time limit', () => {
  const quick = { timeoutMs: 150 }

  it('covers a name look-up that never ends', async () => {
    const egress = egressTo([], { ...quick, resolve: () => new Promise(() => undefined) })
    expect(await codeOf(egress.request(get('http://slow.example/')))).toBe('EGRESS_TIMEOUT')
  })

  it('covers a TLS handshake that never ends', async () => {
    const remote = await tcp(() => undefined)
    expect(await codeOf(egressTo([remote], quick).request(get(`https://here.example:${remote.port}/`)))).toBe(
      'EGRESS_TIMEOUT',
    )
  })

  it('covers headers that never come', async () => {
    const remote = await http(() => undefined)
    expect(await codeOf(egressTo([remote], quick).request(get(`http://here.example:${remote.port}/`)))).toBe(
      'EGRESS_TIMEOUT',
    )
  })

  it('covers a body that drips without end', async () => {
    const remote = await http((_request, response) => {
      const drip = setInterval(() => response.write('x'), 10)
      response.on('close', () => clearInterval(drip))
    })
    expect(await codeOf(egressTo([remote], quick).request(get(`http://here.example:${remote.port}/`)))).toBe(
      'EGRESS_TIMEOUT',
    )
  })

  it('covers all redirects together', async () => {
    const remote = await http((_request, response) => {
      setTimeout(() => response.writeHead(302, { Location: '/' }).end(), 60)
    })
    const egress = egressTo([remote], { ...quick, redirectsMax: 100 })
    expect(await codeOf(egress.request(get(`http://here.example:${remote.port}/`)))).toBe('EGRESS_TIMEOUT')
  })

  it('can be lowered by a request, not raised', async () => {
    const remote = await http(() => undefined)
    const url = `http://here.example:${remote.port}/`
    expect(await codeOf(egressTo([remote]).request(get(url, { timeoutMs: 50 })))).toBe('EGRESS_TIMEOUT')
    expect(await codeOf(egressTo([remote], quick).request(get(url, { timeoutMs: 60_000 })))).toBe('EGRESS_TIMEOUT')
  })

  it('closes the connection it gave up', async () => {
    const remote = await http(() => undefined)
    await codeOf(egressTo([remote], quick).request(get(`http://here.example:${remote.port}/`)))
    await expect.poll(() => remote.sockets.every((socket) => socket.destroyed)).toBe(true)
  })
})

describe('the size limit', () => {
  const bytes = (length: number) => Buffer.alloc(length, 'x')
  const codings: readonly (readonly [string, (plain: Buffer) => Buffer])[] = [
    ['identity', (plain) => plain],
    ['gzip', gzipSync],
    ['X-GZIP', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['deflate, gzip', (plain) => gzipSync(deflateSync(plain))],
  ]
  const serving = (coding: string, body: Buffer) =>
    http((_request, response) => response.writeHead(200, { 'Content-Encoding': coding }).end(body))

  it.each(codings)('lets a body of just the limit through, decoded from %s', async (coding, encode) => {
    const remote = await serving(coding, encode(bytes(100_000)))
    const answer = await egressTo([remote]).request(get(`http://here.example:${remote.port}/`))
    expect(answer.body.equals(bytes(100_000))).toBe(true)
    expect(answer.headers).not.toHaveProperty('content-encoding')
  })

  it.each(codings)('refuses one byte more, decoded from %s', async (coding, encode) => {
    const remote = await serving(coding, encode(bytes(100_001)))
    expect(await codeOf(egressTo([remote]).request(get(`http://here.example:${remote.port}/`)))).toBe(
      'EGRESS_TOO_LARGE',
    )
  })

  it('stops a bomb of 200 MB long before it has unfolded', async () => {
    const remote = await serving('gzip, gzip', gzipSync(gzipSync(bytes(200_000_000))))
    const before = process.memoryUsage().arrayBuffers
    expect(await codeOf(egressTo([remote]).request(get(`http://here.example:${remote.port}/`)))).toBe(
      'EGRESS_TOO_LARGE',
    )
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000)
  })

  it('stops an encoded body that decodes to nothing for ever', async () => {
    const nothing = gzipSync('')
    const remote = await http((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' })
      const more = () => {
        while (!response.destroyed && response.write(Buffer.concat(Array(500).fill(nothing))));
      }
      response.on('drain', more)
      more()
    })
    expect(await codeOf(egressTo([remote]).request(get(`http://here.example:${remote.port}/`)))).toBe(
      'EGRESS_TOO_LARGE',
    )
  })

  it('can be lowered by a request, not raised', async () => {
    const remote = await serving('identity', bytes(50_000))
    const url = `http://here.example:${remote.port}/`
    expect(await codeOf(egressTo([remote]).request(get(url, { bytesMax: 49_999 })))).toBe('EGRESS_TOO_LARGE')
    const narrow = egressTo([remote], { bytesMax: 49_999 })
    expect(await codeOf(narrow.request(get(url, { bytesMax: 1_000_000 })))).toBe('EGRESS_TOO_LARGE')
  })

  it.each([
    ['one long header', { 'X-Long': 'x'.repeat(20_000) }],
    ['many headers', Object.fromEntries(Array.from({ length: 900 }, (_none, index) => [`X-${index}`, 'x'.repeat(20)]))],
  ])('covers %s', async (_title, headers) => {
    const remote = await http((_request, response) => response.writeHead(200, headers).end())
    expect(await codeOf(egressTo([remote]).request(get(`http://here.example:${remote.port}/`)))).toBe(
      'EGRESS_TOO_LARGE',
    )
  })

  it.each(['gzip', 'br', 'deflate'])('leaves an empty %s body empty', async (coding) => {
    const remote = await serving(coding, Buffer.alloc(0))
    const egress = egressTo([remote])
    for (const method of ['GET', 'HEAD']) {
      const answer = await egress.request(get(`http://here.example:${remote.port}/`, { method }))
      expect(answer.body).toHaveLength(0)
    }
  })
})

describe('a failure', () => {
  it.each([
    ['an unknown coding', 'compress', Buffer.from('x')],
    ['three codings', 'gzip, gzip, gzip', gzipSync(gzipSync(gzipSync('x')))],
    ['a damaged body', 'gzip', Buffer.from('not gzip')],
    ['a truncated body', 'gzip', gzipSync('x'.repeat(1_000)).subarray(0, 20)],
  ])('of %s is EGRESS_FAILED', async (_title, coding, body) => {
    const remote = await http((_request, response) => response.writeHead(200, { 'Content-Encoding': coding }).end(body))
    expect(await codeOf(egressTo([remote]).request(get(`http://here.example:${remote.port}/`)))).toBe('EGRESS_FAILED')
  })

  it.each([
    ['ends at once', (socket: Socket) => socket.destroy()],
    ['speaks another protocol', (socket: Socket) => socket.end('220 mail.example.com ready\r\n')],
    ['breaks off its body', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort')],
    [
      'frames its body twice',
      (socket: Socket) =>
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
    ],
  ])('of a service that %s is EGRESS_FAILED', async (_title, listener) => {
    const remote = await tcp(listener)
    expect(await codeOf(egressTo([remote]).request(get(`http://here.example:${remote.port}/`)))).toBe('EGRESS_FAILED')
  })

  it('of a closed port is EGRESS_FAILED', async () => {
    const resolve = async () => [
      { address: '127.0.0.1', family: 4 },
      { address: '127.0.0.2', family: 4 },
    ]
    const egress = egressTo([{ port: 2, sockets: [] }], { resolve })
    expect(await codeOf(egress.request(get('http://here.example:2/')))).toBe('EGRESS_FAILED')
    expect(await codeOf(egress.request(get('http://127.0.0.1:2/')))).toBe('EGRESS_FAILED')
  })

  it.each([
    ['does not exist', () => Promise.reject(Object.assign(new Error('ENOTFOUND 10.0.0.53'), { code: 'ENOTFOUND' }))],
    ['has no address', () => Promise.resolve([])],
  ])('of a name that %s is EGRESS_FAILED', async (_title, resolve) => {
    expect(await codeOf(egressTo([], { resolve }).request(get('http://missing.example/')))).toBe('EGRESS_FAILED')
  })

  it('of TLS is EGRESS_FAILED', async () => {
    const remote = await http((_request, response) => response.end())
    expect(await codeOf(egressTo([remote]).request(get(`https://here.example:${remote.port}/`)))).toBe('EGRESS_FAILED')
  })
})
