import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { DomainError } from '../../errors/domain-error.ts'
import { createEgress, type Egress, type EgressOptions, type EgressRequest } from './egress.ts'

const opened: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close()
})

interface Remote {
  readonly port: number
  readonly sockets: Socket[]
}

async function listening(server: Server): Promise<Remote> {
  const sockets: Socket[] = []
  server.on('connection', (socket: Socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  opened.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return { port: (server.address() as AddressInfo).port, sockets }
}

const http = (listener: RequestListener) => listening(createServer({ maxHeaderSize: 65_536 }, listener))
const tcp = (listener: (socket: Socket) => void) => listening(createTcpServer(listener))

/** An egress that may reach the given local servers under any of three names, all of which resolve to the loopback. */
function egressTo(remotes: readonly Remote[], options: Partial<EgressOptions> = {}): Egress {
  const names = ['here.example', 'there.example', '127.0.0.1']
  const egress = createEgress({
    allow: remotes.flatMap(({ port }) => names.map((name) => `${name}:${port}`)),
    timeoutMs: 5_000,
    bytesMax: 100_000,
    redirectsMax: 3,
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    ...options,
  })
  opened.push(() => egress.close())
  return egress
}

const get = (url: string, parts: Partial<EgressRequest> = {}): EgressRequest => ({
  url,
  method: 'GET',
  headers: {},
  ...parts,
})

/** The code of the refusal, once its public words are seen to hold no address. */
async function codeOf(answer: Promise<unknown>): Promise<string> {
  const error = await answer.then(
    () => expect.unreachable('it was answered'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof DomainError)) throw error
  expect(error.message).not.toMatch(/\d+\.\d+\.\d+\.\d+|::|E[A-Z]{4,}/)
  expect(error.cause).toBeUndefined()
  return error.code
}

describe('a call', () => {
  it('brings back status, headers, body and address', async () => {
    const remote = await http((_request, response) => {
      response.writeHead(201, { 'X-Kind': 'tea', 'Set-Cookie': ['a=1', 'b=2'] }).end('höt')
    })
    const answer = await egressTo([remote]).request(get(`http://here.example:${remote.port}/a?b=c#d`))
    expect(answer).toMatchObject({ status: 201, url: `http://here.example:${remote.port}/a?b=c` })
    expect(answer.headers).toMatchObject({ 'x-kind': 'tea', 'set-cookie': ['a=1', 'b=2'] })
    expect(answer.body.toString()).toBe('höt')
  })

  it.each(['text ü', Buffer.from([0, 1, 255])])('delivers method, headers and body (%#)', async (body) => {
    const remote = await http(async (request, response) => {
      const sent = Buffer.concat(await request.toArray())
      response.end(JSON.stringify({ method: request.method, headers: request.headers, body: sent.toString('hex') }))
    })
    const ask: EgressRequest = {
      url: `http://here.example.:${remote.port}/`,
      method: 'put',
      headers: { 'X-A': 'b' },
      body,
    }
    const seen = JSON.parse((await egressTo([remote]).request(ask)).body.toString())
    expect(seen).toMatchObject({ method: 'PUT', body: Buffer.from(body).toString('hex') })
    expect(seen.headers).toMatchObject({ 'x-a': 'b', host: `here.example:${remote.port}` })
  })

  it('uses a connection again', async () => {
    const remote = await http((_request, response) => response.end('x'))
    const egress = egressTo([remote])
    for (let round = 0; round < 10; round++) await egress.request(get(`http://here.example:${remote.port}/`))
    expect(remote.sockets.length).toBeLessThan(4)
  })
})

describe('the address rule', () => {
  const secret: RequestListener = (_request, response) => response.end('internal')

  it.each([
    [['127.0.0.1']],
    [['::1']],
    [['169.254.169.254']],
    [['::ffff:10.0.0.1']],
    [['8.8.8.8', '127.0.0.1']],
    [['127.0.0.1', '8.8.8.8']],
    [['nonsense']],
  ])('refuses a name that resolves to %j, before any connection', async (addresses) => {
    const remote = await http(secret)
    const egress = egressTo([], { resolve: async () => addresses.map((address) => ({ address, family: 4 })) })
    expect(await codeOf(egress.request(get(`http://rebind.example:${remote.port}/`)))).toBe('EGRESS_REFUSED')
    expect(remote.sockets).toHaveLength(0)
  })

  it.each(['localhost', 'LOCALHOST.', '127.0.0.1', '[::1]', '2130706433'])(
    'refuses %s as the system resolves it',
    async (host) => {
      const remote = await http(secret)
      const egress = createEgress({ allow: [], timeoutMs: 5_000, bytesMax: 1_000, redirectsMax: 0 })
      opened.push(() => egress.close())
      expect(await codeOf(egress.request(get(`http://${host}:${remote.port}/`)))).toBe('EGRESS_REFUSED')
      expect(remote.sockets).toHaveLength(0)
    },
  )

  it('connects to the very address that was looked up, and looks it up once', async () => {
    const remote = await http((request, response) => response.end(request.socket.localAddress))
    const answers = ['127.0.0.2', '127.0.0.3', '127.0.0.4']
    let lookups = 0
    const resolve = async () => [{ address: answers[lookups++] ?? '', family: 4 }]
    const egress = egressTo([remote], { resolve })
    expect((await egress.request(get(`http://here.example:${remote.port}/`))).body.toString()).toBe('127.0.0.2')
    expect(lookups).toBe(1)
  })

  it('tries the next address of a name when the first does not answer', async () => {
    const remote = await http((_request, response) => response.end('second'))
    const resolve = async () => [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ]
    const answer = await egressTo([remote], { resolve }).request(get(`http://here.example:${remote.port}/`))
    expect(answer.body.toString()).toBe('second')
  })

  it('excuses only the named host and port', async () => {
    const [named, beside] = [await http(secret), await http(secret)]
    const egress = egressTo([named])
    expect((await egress.request(get(`http://127.0.0.1:${named.port}/`))).status).toBe(200)
    expect(await codeOf(egress.request(get(`http://127.0.0.1:${beside.port}/`)))).toBe('EGRESS_REFUSED')
    expect(await codeOf(egress.request(get(`http://elsewhere.example:${named.port}/`)))).toBe('EGRESS_REFUSED')
    expect(beside.sockets).toHaveLength(0)
  })
})

describe('a redirect', () => {
  const redirecting = (location: string, status = 302) =>
    http((request, response) => {
      if (request.url === '/start') response.writeHead(status, { Location: location }).end('moved')
      else response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers }))
    })

  it('is followed, and the answer says where it came from', async () => {
    const remote = await redirecting('/end?x')
    const answer = await egressTo([remote]).request(get(`http://here.example:${remote.port}/start`))
    expect(answer.url).toBe(`http://here.example:${remote.port}/end?x`)
    expect(JSON.parse(answer.body.toString())).toMatchObject({ method: 'GET', url: '/end?x' })
  })

  it.each([
    'http://127.0.0.2:PORT/',
    'http://0x7f000002:PORT/',
    'http://[::ffff:127.0.0.2]:PORT/',
    'http://unlisted.example:PORT/',
    'http://169.254.169.254/latest/meta-data/',
    'http://user:password@here.example:PORT/',
    'file:///etc/passwd',
    'ftp://here.example/',
    'data:text/plain,x',
  ])('to %s is refused', async (location) => {
    const inner = await http((_request, response) => response.end('internal'))
    const remote = await redirecting(location.replace('PORT', String(inner.port)))
    const answer = egressTo([remote]).request(get(`http://here.example:${remote.port}/start`))
    expect(await codeOf(answer)).toBe('EGRESS_REFUSED')
    expect(inner.sockets).toHaveLength(0)
  })

  it('to another origin leaves the credentials behind', async () => {
    const target = await redirecting('')
    const remote = await redirecting(`http://there.example:${target.port}/end`)
    const headers = { Authorization: 'Bearer canary', Cookie: 'canary', 'X-Api-Key': 'canary', Accept: 'text/plain' }
    const answer = await egressTo([remote, target]).request(
      get(`http://here.example:${remote.port}/start`, { headers }),
    )
    const seen = JSON.parse(answer.body.toString())
    expect(seen.headers).toMatchObject({ host: `there.example:${target.port}`, accept: 'text/plain' })
    expect(JSON.stringify(seen)).not.toContain('canary')
  })

  it('is followed no more often than allowed, and never round in circles', async () => {
    let answered = 0
    const remote = await http((_request, response) => {
      answered += 1
      response.writeHead(302, { Location: '/again' }).end()
    })
    expect(await codeOf(egressTo([remote]).request(get(`http://here.example:${remote.port}/`)))).toBe('EGRESS_FAILED')
    expect(answered).toBe(4)
  })

  it('may have a body of any length, which nobody reads', async () => {
    const remote = await http((request, response) => {
      if (request.url !== '/start') return response.end('there')
      response.writeHead(302, { Location: '/end' })
      response.write('x'.repeat(200_000))
    })
    const answer = await egressTo([remote]).request(get(`http://here.example:${remote.port}/start`))
    expect(answer.body.toString()).toBe('there')
  })
})

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

describe('the caller', () => {
  it('ends a call under way by its signal, and gets its own reason back', async () => {
    const abort = new AbortController()
    const remote = await http(() => abort.abort(new Error('changed my mind')))
    const answer = egressTo([remote]).request(get(`http://here.example:${remote.port}/`, { signal: abort.signal }))
    await expect(answer).rejects.toThrow('changed my mind')
  })

  it('sends nothing when the signal was aborted before', async () => {
    const remote = await http((_request, response) => response.end())
    const signal = AbortSignal.abort(new Error('never mind'))
    await expect(egressTo([remote]).request(get(`http://here.example:${remote.port}/`, { signal }))).rejects.toThrow(
      'never mind',
    )
    expect(remote.sockets).toHaveLength(0)
  })

  it('may not smuggle headers, hosts or methods', async () => {
    const egress = egressTo([])
    expect(await codeOf(egress.request(get('http://here.example/', { headers: { Host: 'a' } })))).toBe('EGRESS_REFUSED')
    expect(await codeOf(egress.request(get('http://here.example/', { headers: { A: 'b\r\nC: d' } })))).toBe(
      'EGRESS_REFUSED',
    )
    expect(await codeOf(egress.request(get('http://here.example/', { method: 'CONNECT' })))).toBe('EGRESS_REFUSED')
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

describe('close', () => {
  it('waits for the calls under way, and allows no further ones', async () => {
    const arrived = Promise.withResolvers<ServerResponse>()
    const remote = await http((_request, response) => arrived.resolve(response))
    const egress = egressTo([remote])
    const url = `http://here.example:${remote.port}/`
    const order: string[] = []
    const answer = egress.request(get(url)).then(({ body }) => order.push(body.toString()))
    const response = await arrived.promise
    const closed = egress.close().then(() => order.push('closed'))
    response.end('answered')
    await Promise.all([answer, closed])
    expect(order).toEqual(['answered', 'closed'])
    expect(await codeOf(egress.request(get(url)))).toBe('EGRESS_FAILED')
  })
})
