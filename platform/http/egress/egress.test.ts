import type { RequestListener, ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { codeOf, get, openEgressLab } from '../../../tests/kit/egress-lab.ts'
import { createEgress, type EgressRequest } from './egress.ts'

const lab = openEgressLab()
const { http, egressTo } = lab
afterEach(() => lab.close())

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
      lab.onClose(() => egress.close())
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
