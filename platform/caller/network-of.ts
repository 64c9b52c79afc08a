import { isIPv6 } from 'node:net'

/**
 * What one subscriber has of addresses: one of IPv4, and the first 64 bits of IPv6, within which a single machine may
 * choose (RFC 8981).
 */
export function networkOf(address: string | null): string | null {
  // Most are of IPv4 and need no reading, and every request is counted by one.
  if (address === null || !address.includes(':')) return address
  const [plain = ''] = address.split('%')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)
  if (mapped !== null) return mapped[1] ?? null
  if (!isIPv6(plain)) return plain
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const [head = '', tail] = plain.split('::')
  const before = groups(head)
  const after = groups(tail ?? '').flatMap((group) => (group.includes('.') ? ['v4', 'v4'] : [group]))
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length
  const all = [...before, ...Array.from({ length: zeros }, () => '0'), ...after]
  const first = all.slice(0, 4).map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
  return `${first.join(':')}::/64`
}
