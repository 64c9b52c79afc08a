import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { unpackDebian } from './debian-package.ts'
import { makeHome } from './home.ts'
import { onPath } from './redis-program.ts'

// 20 MB, of which one program is wanted: it is unpacked once for all runs on a machine, wherever they keep their data.
const home = '.forgeops'
const folder = 'prometheus-package'

/**
 * Prometheus' own checker of metrics and rules: the one on the PATH, else Debian's, unpacked without being installed.
 *
 * @param path the folders in which programs are looked for, as in PATH
 * @returns its path; null when it is not here and cannot be got
 */
export function findPromtool(path: string): string | null {
  const found = onPath(path, ['promtool'])
  if (found !== undefined) return found
  const unpacked = join(home, folder, 'usr/bin/promtool')
  if (existsSync(unpacked)) return unpacked
  if (onPath(path, ['apt-get']) === undefined) return null
  return unpackDebian('prometheus', join(makeHome(home), folder), false) ? unpacked : null
}
