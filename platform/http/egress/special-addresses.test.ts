import { describe, expect, it } from 'vitest'
import { specialUse } from './special-addresses.ts'

/** First and last address of every special block, and the ordinary neighbours just outside of it. */
const ipv4Blocks: readonly (readonly [first: string, last: string, outside: readonly string[]])[] = [
  ['0.0.0.0', '0.255.255.255', ['1.0.0.0']],
  ['10.0.0.0', '10.255.255.255', ['9.255.255.255', '11.0.0.0']],
  ['100.64.0.0', '100.127.255.255', ['100.63.255.255', '100.128.0.0']],
  ['127.0.0.0', '127.255.255.255', ['126.255.255.255', '128.0.0.0']],
  ['168.63.129.16', '168.63.129.16', ['168.63.129.15', '168.63.129.17']],
  ['169.254.0.0', '169.254.255.255', ['169.253.255.255', '169.255.0.0']],
  ['172.16.0.0', '172.31.255.255', ['172.15.255.255', '172.32.0.0']],
  ['192.0.0.0', '192.0.0.255', ['191.255.255.255', '192.0.1.0']],
  ['192.0.2.0', '192.0.2.255', ['192.0.1.255', '192.0.3.0']],
  ['192.31.196.0', '192.31.196.255', ['192.31.195.255', '192.31.197.0']],
  ['192.52.193.0', '192.52.193.255', ['192.52.192.255', '192.52.194.0']],
  ['192.88.99.0', '192.88.99.255', ['192.88.98.255', '192.88.100.0']],
  ['192.168.0.0', '192.168.255.255', ['192.167.255.255', '192.169.0.0']],
  ['192.175.48.0', '192.175.48.255', ['192.175.47.255', '192.175.49.0']],
  ['198.18.0.0', '198.19.255.255', ['198.17.255.255', '198.20.0.0']],
  ['198.51.100.0', '198.51.100.255', ['198.51.99.255', '198.51.101.0']],
  ['203.0.113.0', '203.0.113.255', ['203.0.112.255', '203.0.114.0']],
  ['224.0.0.0', '239.255.255.255', ['223.255.255.255']],
  ['240.0.0.0', '255.255.255.255', []],
]

/** An IPv4 address as every IPv6 form that carries one and is read as what it carries. */
function carriers(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
  const [high, low] = [((a << 8) | b).toString(16), ((c << 8) | d).toString(16)]
  return [`::ffff:${address}`, `::ffff:${high}:${low}`, `64:ff9b::${high}:${low}`, `2002:${high}:${low}::1`]
}

describe('specialUse', () => {
  it.each(ipv4Blocks)('refuses %s to %s and nothing beside it, plain or carried in IPv6', (first, last, outside) => {
    for (const address of [first, last]) {
      expect(specialUse(address), address).toBeTypeOf('string')
      for (const carrier of carriers(address)) expect(specialUse(carrier), carrier).toBeTypeOf('string')
    }
    for (const address of outside) {
      expect(specialUse(address), address).toBeUndefined()
      for (const carrier of carriers(address)) expect(specialUse(carrier), carrier).toBeUndefined()
    }
  })

  it.each([
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['0:0:0:0:0:0:0:1', 'loopback, written out'],
    ['::7f00:1', 'IPv4-compatible, long deprecated'],
    ['::808:808', 'IPv4-compatible of a public address'],
    ['::ffff:0:808:808', 'IPv4-translated'],
    ['64:ff9b:1::808:808', 'NAT64 of local use'],
    ['100::', 'discard only'],
    ['100:0:0:1::', 'dummy prefix'],
    ['2001::', 'Teredo'],
    ['2001:0:808:808::', 'Teredo by a public server'],
    ['2001:2::', 'benchmarking'],
    ['2001:10::', 'ORCHID'],
    ['2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', 'last protocol assignment'],
    ['2001:db8::', 'documentation'],
    ['2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', 'documentation'],
    ['2620:4f:8000::', 'AS112'],
    ['3fff::', 'documentation'],
    ['3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', 'documentation'],
    ['4000::', 'not handed out'],
    ['5f00::', 'segment routing'],
    ['fc00::', 'unique local'],
    ['fd00:ec2::254', 'unique local: a cloud metadata service'],
    ['fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'unique local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%lo', 'link-local with a zone'],
    ['febf::', 'link-local'],
    ['fec0::', 'site-local'],
    ['ff02::1', 'multicast'],
    ['ff0e::1', 'multicast of global scope'],
  ])('refuses %s: %s', (address) => {
    expect(specialUse(address)).toBeTypeOf('string')
  })

  it.each([
    '2001:200::',
    '2001:4860:4860::8888',
    '2001:db7::1',
    '2001:db9::1',
    '2606:4700::1111',
    '3ffe:ffff::',
    '3fff:1000::',
  ])('accepts %s', (address) => {
    expect(specialUse(address)).toBeUndefined()
  })

  it.each([
    '',
    ' ',
    'localhost',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '8.8.8.8 ',
    '[::1]',
    '8.8.8.8/8',
    '1.2.3.4%eth0',
  ])('takes %j, which no socket would name an address, for special', (address) => {
    expect(specialUse(address)).toBe('not a plain address')
  })
})
