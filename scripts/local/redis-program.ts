import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runProgram, unpackDebian } from './debian-package.ts'
import { SetUpError } from './set-up-error.ts'

export interface RedisProgram {
  readonly path: string
  readonly env: Readonly<Record<string, string>>
}

export interface RedisSearch {
  readonly home: string
  readonly log: (line: string) => void
  /** The folders in which programs are looked for, as in PATH. */
  readonly path: string
  readonly isRoot: boolean
}

// Debian keeps the server's program in the tools package, under this name; it acts by the name it is called by. The
// package redis-server adds only a system service, which would start a Redis without a password at each boot.
const debianPackage = 'redis-tools'
const debianProgram = 'usr/bin/redis-check-rdb'

/**
 * The Redis to run: redis-server or valkey-server from PATH, else Debian's, installed when root and unpacked into the
 * home when not.
 *
 * @throws SetUpError that says what to install
 */
export function redisProgram(search: RedisSearch): RedisProgram {
  const found = onPath(search.path, ['redis-server', 'valkey-server', 'redis-check-rdb'])
  if (found !== undefined) return { path: found, env: {} }
  const unpacked = join(search.home, 'redis-package')
  if (existsSync(unpacked)) return programIn(unpacked)
  if (onPath(search.path, ['apt-get']) !== undefined) {
    search.log(`Redis is not installed: ${search.isRoot ? 'installing' : 'unpacking'} Debian's ${debianPackage}.`)
    if (search.isRoot && install()) return { path: `/${debianProgram}`, env: {} }
    if (!search.isRoot && unpackDebian(debianPackage, unpacked, true)) return programIn(unpacked)
  }
  throw new SetUpError(
    'No Redis was found: install redis-server or valkey-server, or set REDIS_URL to a Redis of yours.',
  )
}

export function onPath(path: string, names: readonly string[]): string | undefined {
  const candidates = names.flatMap((name) => path.split(delimiter).map((folder) => join(folder || '.', name)))
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function install(): boolean {
  const apt = (...args: string[]) => runProgram('apt-get', ['-o', 'DPkg::Lock::Timeout=120', '-qq', ...args]).ok
  const installPackage = () => apt('install', '-y', '--no-install-recommends', debianPackage)
  // The package lists of a bare machine are empty or old: they are fetched when the first try shows it.
  return (installPackage() || (apt('update') && installPackage())) && existsSync(`/${debianProgram}`)
}

function programIn(unpacked: string): RedisProgram {
  const libraries = join(unpacked, 'usr/lib')
  const folders = existsSync(libraries) ? readdirSync(libraries).map((name) => join(libraries, name)) : []
  return { path: join(unpacked, debianProgram), env: { LD_LIBRARY_PATH: folders.join(':') } }
}
