import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/**
 * The IANA IPv4 Special-Purpose Address Registry (of 2025-10), multicast (RFC 5771), and one address that a cloud gives its
 * machines for control. The few blocks that the registry calls globally reachable (AS112, AMT) stay refused: no service of
 * use to an agent lives there.
 */
const specialIPv4: readonly (readonly [cidr: string, kind: string])[] = [
  ['0.0.0.0/8', 'this network'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'carrier-grade NAT'],
  ['127.0.0.0/8', 'loopback'],
  ['168.63.129.16/32', 'cloud control'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'protocol assignment'],
  ['192.0.2.0/24', 'documentation'],
  ['192.31.196.0/24', 'AS112'],
  ['192.52.193.0/24', 'AMT'],
  ['192.88.99.0/24', '6to4 relay'],
  ['192.168.0.0/16', 'private'],
  ['192.175.48.0/24', 'AS112'],
  ['198.18.0.0/15', 'benchmarking'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
]

/** Outside of it, those worth a name of their own. */
const namedIPv6: readonly (readonly [cidr: string, kind: string])[] = [
  ['::1/128', 'loopback'],
  ['fc00::/7', 'private'],
]

/** Inside 2000::/3, the only block that IANA hands out as global unicast; everything outside of it is refused anyway. */
const specialIPv6: readonly (readonly [cidr: string, kind: string])[] = [
  ['2001::/23', 'protocol assignment'],
  ['2001:db8::/32', 'documentation'],
  ['2620:4f:8000::/48', 'AS112'],
  ['3fff::/20', 'documentation'],
]

/** Forms that carry an IPv4 address, from the given byte on: they are what they carry. */
const embedding: readonly (readonly [cidr: string, firstByte: number])[] = [
  ['::ffff:0:0/96', 12], // IPv4-mapped, RFC 4291 §2.5.5.2
  ['64:ff9b::/96', 12], // NAT64, RFC 6052
  ['2002::/16', 2], // 6to4, RFC 3056
]

const ipv4Table = specialIPv4.map(([cidr, kind]) => ({ range: ipaddr.IPv4.parseCIDR(cidr), kind }))
const ipv6Table = specialIPv6.map(([cidr, kind]) => ({ range: ipaddr.IPv6.parseCIDR(cidr), kind }))
const namedTable = namedIPv6.map(([cidr, kind]) => ({ range: ipaddr.IPv6.parseCIDR(cidr), kind }))
const embeddingTable = embedding.map(([cidr, firstByte]) => ({ range: ipaddr.IPv6.parseCIDR(cidr), firstByte }))
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * Tells why an address is not one of the public internet.
 * @param address an IPv4 or IPv6 address in the spelling that DNS and sockets use; anything else counts as special
 * @returns the kind of the address ("private", "loopback", …), or undefined when it is an ordinary public one
 */
export function specialUse(address: string): string | undefined {
  if (isIP(address) === 0 || address.includes('%')) return 'not a plain address'
  return kindOf(ipaddr.parse(address))
}

function kindOf(address: Address): string | undefined {
  if (address instanceof ipaddr.IPv4) return ipv4Table.find(({ range }) => address.match(range))?.kind
  const carrier = embeddingTable.find(({ range }) => address.match(range))
  if (carrier) return kindOf(new ipaddr.IPv4(address.toByteArray().slice(carrier.firstByte, carrier.firstByte + 4)))
  if (!address.match(globalUnicast))
    return namedTable.find(({ range }) => address.match(range))?.kind ?? 'outside global unicast'
  return ipv6Table.find(({ range }) => address.match(range))?.kind
}

/**
 * The kinds of private address that an organization may open to itself, host by host. Loopback is the platform's own
 * machine: only while developing is that where one's own services are. What is link-local, a cloud's control among it,
 * reserved or multicast stays refused.
 */
export const openableKinds = (environment: 'production' | 'development'): ReadonlySet<string> =>
  new Set(['private', 'carrier-grade NAT', ...(environment === 'development' ? ['loopback'] : [])])
