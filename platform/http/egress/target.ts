import { isIP } from 'node:net'
import { EgressRefusedError } from './egress.errors.ts'
import { specialUse } from './special-addresses.ts'

const URL_CHARACTERS_MAX = 8_192

/** Ports of other protocols that an HTTP request could be made to speak to (Fetch standard, "port blocking"). */
const refusedPorts: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
])

/** Where a request goes, once the URL itself has been found acceptable. What its name resolves to is checked later. */
export interface Target {
  readonly url: URL
  /** True when the operator excused this host and port from the address and port rules. */
  readonly exempt: boolean
  /** True when whoever asks may call this host and port at a private address. */
  readonly opened: boolean
}

/** What an organization has opened to itself. */
export interface Openings {
  /** `host:port`, as `readExemptions` gives it. */
  readonly hosts: ReadonlySet<string>
  /** Of special addresses, those that an opened host may have. */
  readonly kinds: ReadonlySet<string>
}

/**
 * Reads the operator's exemptions.
 * @param entries `host:port`, the host a name or an address (IPv6 in brackets)
 * @throws RangeError naming the entry that is not of that form
 */
export function readExemptions(entries: readonly string[]): ReadonlySet<string> {
  return new Set(
    entries.map((entry) => {
      const port = /^[^\s/?#@\\]+:(\d{1,5})$/.exec(entry)?.[1]
      const url = port === undefined ? null : URL.parse(`http://${entry}/`)
      if (!url || Number(port) > 65_535) throw new RangeError(`egress exemption "${entry}" is not host:port`)
      return `${withoutFinalDot(url.hostname)}:${Number(port)}`
    }),
  )
}

/**
 * Checks a URL before anything is sent to it: scheme, credentials, port, and the address when the host is one. The WHATWG
 * parser has already turned every odd spelling (decimal, octal or hex IPv4, full-width digits, IDN) into the plain one.
 * @throws EgressRefusedError EGRESS_REFUSED
 */
export function checkTarget(raw: string | URL, exemptions: ReadonlySet<string>, openings?: Openings): Target {
  const url = String(raw).length > URL_CHARACTERS_MAX ? null : URL.parse(String(raw))
  if (!url) throw new EgressRefusedError('The URL is not valid.')
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new EgressRefusedError('Only http and https addresses may be called.')
  if (url.username !== '' || url.password !== '')
    throw new EgressRefusedError('The URL may not carry a user name or password.')
  url.hostname = withoutFinalDot(url.hostname)
  if (url.hostname.endsWith('.')) throw new EgressRefusedError('The URL is not valid.')
  url.hash = ''
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const place = `${url.hostname}:${port}`
  if (exemptions.has(place)) return { url, exempt: true, opened: false }
  if (refusedPorts.has(port)) throw new EgressRefusedError('The port may not be called.', `${url.host}`)
  const address = url.hostname.replace(/^\[|\]$/g, '')
  const opened = openings?.hosts.has(place) ?? false
  if (isIP(address) !== 0) checkAddress(address, url.hostname, opened ? openings?.kinds : undefined)
  return { url, exempt: false, opened }
}

/**
 * @param host the name that the caller gave, for the log
 * @param open kinds of special address that may be called all the same
 * @throws EgressRefusedError EGRESS_REFUSED when the address is not one of the public internet
 */
export function checkAddress(address: string, host: string, open?: ReadonlySet<string>): void {
  const kind = specialUse(address)
  if (kind !== undefined && !open?.has(kind))
    throw new EgressRefusedError('The host is not on the public internet.', `${host} is or resolves to: ${kind}`)
}

function withoutFinalDot(hostname: string): string {
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname
}
