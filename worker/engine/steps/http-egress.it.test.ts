import { afterAll, beforeAll, expect, test } from 'vitest'
import { newPlace } from '../../../tests/kit/agents.ts'
import { type Integrations, openIntegrations } from '../../../tests/kit/connections.ts'
import { openEffectServer } from '../../../tests/kit/effect-server.ts'
import { type Engine, openEngine } from '../../../tests/kit/engine.ts'
import { waitFor } from '../../../tests/kit/wait-for.ts'

let engine: Engine
let integrations: Integrations
let inside: Awaited<ReturnType<typeof openEffectServer>>
beforeAll(async () => {
  engine = await openEngine({ ENVIRONMENT: 'development' })
  integrations = await openIntegrations({ ...engine.environment })
  inside = await openEffectServer()
})
afterAll(async () => {
  await inside?.close()
  await integrations?.close()
  await engine?.close()
})

const once = { maxAttempts: 1 }
const fetching = (url: string, more: object = {}) => ({
  steps: [{ id: 'fetch', kind: 'http', method: 'GET', url, retry: once, ...more }],
})

/** Ways to a private address that were used against others; `PORT` is one on which somebody listens. */
const attacks = `
http://127.0.0.1:PORT/ http://127.1:PORT/ http://127.0.1:PORT/ http://2130706433:PORT/ http://0x7f000001:PORT/
http://0x7f.1:PORT/ http://0x7f.0.0.1:PORT/ http://0177.0.0.1:PORT/ http://0177.1:PORT/ http://017700000001:PORT/
http://127.0.0.1.:PORT/ http://0:PORT/ http://0.0.0.0:PORT/ http://00:PORT/ http://127.255.255.254:PORT/
http://１２７.0.0.1:PORT/ http://127。0。0。1:PORT/ http://①②⑦.⓪.⓪.①:PORT/ http://%31%32%37.0.0.1:PORT/ http://127%2e0%2e0%2e1:PORT/
http:127.0.0.1:PORT http:\\\\127.0.0.1:PORT\\ http:///127.0.0.1:PORT/ HTTP://127.0.0.1:PORT/
http://localhost:PORT/ http://LOCALHOST:PORT/ http://localhost.:PORT/
http://[::1]:PORT/ http://[0:0:0:0:0:0:0:1]:PORT/ http://[::]:PORT/ http://[0000::1]:PORT/
http://[::ffff:127.0.0.1]:PORT/ http://[::ffff:7f00:1]:PORT/ http://[0:0:0:0:0:ffff:7f00:0001]:PORT/ http://[::127.0.0.1]:PORT/
http://[64:ff9b::127.0.0.1]:PORT/ http://[64:ff9b::7f00:1]:PORT/ http://[64:ff9b:1::7f00:1]:PORT/ http://[2002:7f00:1::]:PORT/
http://[2001:0:7f00:1::]:PORT/ http://[fe80::1]:PORT/ http://[fd00::1]:PORT/ http://[fd00:ec2::254]/ http://[ff02::1]/
http://169.254.169.254/latest/meta-data/ http://2852039166/ http://0xA9FEA9FE/ http://0251.0376.0251.0376/ http://169.254.43518/
http://[::ffff:169.254.169.254]/ http://[64:ff9b::a9fe:a9fe]/ http://①⑥⑨.254.169.254/ http://168.63.129.16/ http://100.100.100.200/
http://10.0.0.1/ http://10.1/ http://172.16.0.1/ http://172.31.255.255/ http://192.168.1.1/ http://192.168.257/ http://3232235777/
http://100.64.0.1/ http://198.18.0.1/ http://224.0.0.1/ http://255.255.255.255/ http://192.0.0.192/
http://user:secret@127.0.0.1:PORT/ http://example.com@127.0.0.1:PORT/ http://127.0.0.1:PORT@example.com/ http://example.com%2f@127.0.0.1:PORT/
http://example.com:22/ http://example.com:25/ http://example.com:0/ file:///etc/passwd gopher://127.0.0.1:PORT/_x ftp://127.0.0.1/
data:text/plain,x javascript:1 ws://127.0.0.1:PORT/ jar:http://127.0.0.1!/ http://[fe80::1%25eth0]/ http://example.com../
`
  .trim()
  .split(/\s+/)

test('no http step reaches a private address, in whatever spelling', async () => {
  expect(attacks.length).toBeGreaterThanOrEqual(80)
  const port = inside.hostAndPort.split(':')[1] ?? ''
  const urls = attacks.map((url) => url.replace('PORT', port))
  const steps = fetching('{{ item }}', { continueOnError: true }).steps
  const id = await engine.start(
    { steps: [{ id: 'all', kind: 'map', items: 'input.urls', steps, concurrency: 20 }] },
    { urls },
  )
  const { status, output } = await engine.ended(id)
  expect(status).toBe('SUCCEEDED')
  const codes = (output as { error?: { code: string } }[]).map(({ error }, n) => `${error?.code} ${attacks[n]}`)
  expect(codes.filter((each) => !each.startsWith('EGRESS_REFUSED '))).toEqual([])
  expect(inside.arrived).toEqual([])
})

test('a private host opens to the organization that allowed it, to no other, until it is disallowed', async () => {
  const { place } = engine
  const stranger = newPlace(engine.agents)
  const [, port] = inside.hostAndPort.split(':')
  const allow = 'mutation ($input: AllowEgressInput!) { allowEgress(input: $input) { id host port } }'
  const allowed = await integrations.ask(place.owner, allow, { input: { host: '127.0.0.1', port: Number(port) } })
  const rule = allowed.data?.allowEgress as unknown as { id: string }
  expect(rule).toMatchObject({ host: '127.0.0.1', port: Number(port) })

  // What the worker knew of the organization before is forgotten within seconds.
  const fetch = async (at = place) => engine.ended(await engine.start(fetching(`${inside.url}/opened`), {}, at), at)
  await waitFor('the host to be open', async () => (await fetch()).status === 'SUCCEEDED')
  expect((await fetch(stranger)).error).toMatchObject({ code: 'EGRESS_REFUSED' })

  const disallow = 'mutation ($id: ID!) { disallowEgress(input: { egressRuleId: $id }) { id } }'
  expect((await integrations.ask(stranger.owner, disallow, { id: rule.id })).errors?.[0]?.extensions.code).toBe(
    'NOT_FOUND',
  )
  await integrations.ask(place.owner, disallow, { id: rule.id })
  await waitFor('the host to be shut', async () => (await fetch()).error?.code === 'EGRESS_REFUSED')
})
