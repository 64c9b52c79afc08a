import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEgress } from './egress.ts'
import { openableKinds } from './special-addresses.ts'
import { checkTarget } from './target.ts'

let port = 0
let asked = 0
const server = createServer((request, response) => {
  asked++
  const to = new URL(request.url ?? '', 'http://x').searchParams.get('to')
  if (to === null) response.end('inside')
  else response.writeHead(302, { location: to }).end()
})
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

const addresses: Record<string, string[]> = {
  'inside.example': ['127.0.0.1'],
  'beside.example': ['127.0.0.1'],
  'metadata.example': ['169.254.169.254'],
  'mixed.example': ['127.0.0.1', '169.254.169.254'],
}
function newEgress(openable = openableKinds('development')) {
  const resolve = async (name: string) => (addresses[name] ?? []).map((address) => ({ address, family: 4 }))
  const egress = createEgress({ allow: [], timeoutMs: 3_000, bytesMax: 1_000, redirectsMax: 3, resolve, openable })
  const codeOf = (url: string, open?: ReadonlySet<string>) =>
    egress.request({ url, method: 'GET', headers: {}, open }).then(
      ({ body }) => body.toString(),
      (error: { code: string }) => error.code,
    )
  return { egress, codeOf }
}

test('a host that the asker has opened is reached at its private address, by them alone, and no other host is', async () => {
  const { egress, codeOf } = newEgress()
  const open = new Set([`inside.example:${port}`])
  expect(await codeOf(`http://inside.example:${port}/`, open)).toBe('inside')
  const before = asked
  expect(await codeOf(`http://inside.example:${port}/`)).toBe('EGRESS_REFUSED')
  expect(await codeOf(`http://inside.example:${port}/`, new Set())).toBe('EGRESS_REFUSED')
  expect(await codeOf(`http://beside.example:${port}/`, open)).toBe('EGRESS_REFUSED')
  expect(await codeOf(`http://127.0.0.1:${port}/`, open)).toBe('EGRESS_REFUSED')
  expect(await codeOf(`http://inside.example:${port + 1}/`, open)).toBe('EGRESS_REFUSED')
  expect(asked).toBe(before)
  await egress.close()
})

test('an opened host leads nowhere else: not by a redirect, not by what its name resolves to', async () => {
  const { egress, codeOf } = newEgress()
  const open = new Set([`inside.example:${port}`, 'metadata.example:80', 'mixed.example:80'])
  for (const to of ['http://169.254.169.254/', `http://127.0.0.1:${port}/`, `http://beside.example:${port}/`])
    expect(await codeOf(`http://inside.example:${port}/?to=${encodeURIComponent(to)}`, open)).toBe('EGRESS_REFUSED')
  expect(await codeOf('http://metadata.example/', open)).toBe('EGRESS_REFUSED')
  expect(await codeOf('http://mixed.example/', open)).toBe('EGRESS_REFUSED')
  await egress.close()
})

test('in production no one but the operator opens the platform’s own machine', async () => {
  const { egress, codeOf } = newEgress(openableKinds('production'))
  const open = new Set([`inside.example:${port}`, `127.0.0.1:${port}`])
  expect(await codeOf(`http://inside.example:${port}/`, open)).toBe('EGRESS_REFUSED')
  expect(await codeOf(`http://127.0.0.1:${port}/`, open)).toBe('EGRESS_REFUSED')
  await egress.close()
})

test.each([
  ['10.1.2.3', true],
  ['192.168.7.7', true],
  ['100.64.0.1', true],
  ['[fd12:3456::1]', true],
  ['[::ffff:10.0.0.1]', true],
  ['169.254.169.254', false],
  ['168.63.129.16', false],
  ['[fe80::1]', false],
  ['0.0.0.0', false],
  ['224.0.0.1', false],
  ['[64:ff9b::a9fe:a9fe]', false],
])('%s can be opened: %s', (host, can) => {
  const { hostname } = new URL(`http://${host}/`)
  const openings = { hosts: new Set([`${hostname}:8080`]), kinds: openableKinds('production') }
  const check = () => checkTarget(`http://${host}:8080/`, new Set(), openings)
  if (can) expect(check()).toMatchObject({ opened: true, exempt: false })
  else expect(check).toThrow('not on the public internet')
})

test('a port of another protocol stays shut, opened or not', () => {
  const openings = { hosts: new Set(['10.0.0.1:25']), kinds: openableKinds('production') }
  expect(() => checkTarget('http://10.0.0.1:25/', new Set(), openings)).toThrow('The port may not be called.')
})
