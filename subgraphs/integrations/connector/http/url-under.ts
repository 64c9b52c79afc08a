import { ConnectorError } from '../connector.errors.ts'

export type Query = Readonly<Record<string, string | number | boolean | readonly (string | number | boolean)[]>>

/** Tabs and line ends are dropped by URL parsers, so that `.\t.` turns into `..`; backslashes turn into slashes. */
const shape = /^[^\p{Cc}\p{Cf}\\?#]*$/u
const decodingsMax = 4

/**
 * The address of `path` under a base URL; never above or beside it, however it is spelled.
 *
 * @param base an http or https URL without query and fragment
 * @param path its segments, percent-encoded where needed; with or without a slash in front
 * @throws ConnectorError ACTION_INPUT_INVALID when the path would leave the base, also for a server that decodes it again
 */
export function urlUnder(base: string, path: string, query: Query = {}): URL {
  const root = new URL(base.endsWith('/') ? base : `${base}/`)
  const rest = path.replace(/^\//, '')
  const url = URL.parse(root.href + rest)
  if (!shape.test(path) || !wellEncoded(path) || climbs(rest)) throw pathInvalid()
  if (url === null || url.origin !== root.origin) throw pathInvalid()
  if (!url.pathname.startsWith(root.pathname)) throw pathInvalid()
  if (rest === '') url.pathname = new URL(base).pathname
  for (const [name, value] of Object.entries(query))
    for (const item of [value].flat()) url.searchParams.append(name, String(item))
  return url
}

/** Whether any reading of the path has a dot segment: servers and proxies decode once more than they should. */
function climbs(path: string): boolean {
  let text = path
  for (let decodings = 0; decodings <= decodingsMax; decodings++) {
    // A parameter (`..;x`) is dropped by some servers before they look at the segment.
    if (text.split(/[/\\]/).some((segment) => /^\.{1,2}(;.*)?$/.test(segment.trim()))) return true
    const decoded = decodedOnce(text)
    if (decoded === text) return false
    text = decoded
  }
  return true
}

/** Percent-encoded UTF-8, so that no overlong spelling of a dot or a slash is left to the server's judgement. */
function wellEncoded(path: string): boolean {
  try {
    return decodeURIComponent(path).isWellFormed()
  } catch {
    return false
  }
}

function decodedOnce(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

const pathInvalid = () =>
  new ConnectorError('ACTION_INPUT_INVALID', 'The path does not lead to an address under the base URL.', false, {
    details: [{ path: 'path', message: 'must lead to an address under the base URL' }],
  })
