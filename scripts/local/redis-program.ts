import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
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
    if (!search.isRoot && unpack(search.home, unpacked)) return programIn(unpacked)
  }
  throw new SetUpError(
    'No Redis was found: install redis-server or valkey-server, or set REDIS_URL to a Redis of yours.',
  )
}

function onPath(path: string, names: readonly string[]): string | undefined {
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
  const apt = (...args: string[]) => run('apt-get', ['-o', 'DPkg::Lock::Timeout=120', '-qq', ...args]).ok
  const installPackage = () => apt('install', '-y', '--no-install-recommends', debianPackage)
  // The package lists of a bare machine are empty or old: they are fetched when the first try shows it.
  return (installPackage() || (apt('update') && installPackage())) && existsSync(`/${debianProgram}`)
}

/** Downloads the package with those libraries that are missing here, as any user may, and unpacks them. */
function unpack(home: string, target: string): boolean {
  const work = join(home, 'redis-package.draft')
  rmSync(work, { recursive: true, force: true })
  mkdirSync(join(work, 'lists/partial'), { recursive: true })
  mkdirSync(join(work, 'cache/archives/partial'), { recursive: true })
  mkdirSync(join(work, 'root'))
  try {
    const own = [
      '-o',
      `Dir::State::lists=${work}/lists`,
      '-o',
      `Dir::Cache=${work}/cache`,
      '-o',
      'Debug::NoLocking=1',
      '-qq',
    ]
    const named = (flags: readonly string[]) =>
      [...run('apt-get', [...flags, ...simulation]).out.matchAll(/^Inst (\S+)/gm)].flatMap((match) => match[1] ?? [])
    let flags = ['-qq']
    let packages = named(flags)
    if (packages.length === 0) {
      // The machine's package lists may be empty, and only root refreshes those.
      flags = own
      run('apt-get', [...own, 'update'])
      packages = named(own)
    }
    if (packages.length === 0 || !run('apt-get', [...flags, 'download', ...packages], work).ok) return false
    for (const file of readdirSync(work).filter((name) => name.endsWith('.deb'))) {
      if (!run('dpkg', ['-x', join(work, file), join(work, 'root')]).ok) return false
    }
    renameSync(join(work, 'root'), target)
    return true
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

// Reinstall, so that what this machine has installed but not on the PATH is named too.
const simulation = ['install', '--simulate', '--reinstall', '--no-install-recommends', debianPackage]

function programIn(unpacked: string): RedisProgram {
  const libraries = join(unpacked, 'usr/lib')
  const folders = existsSync(libraries) ? readdirSync(libraries).map((name) => join(libraries, name)) : []
  return { path: join(unpacked, debianProgram), env: { LD_LIBRARY_PATH: folders.join(':') } }
}

function run(program: string, args: readonly string[], cwd?: string): { ok: boolean; out: string } {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }
  const done = spawnSync(program, args, {
    encoding: 'utf8',
    env,
    timeout: 180_000,
    ...(cwd === undefined ? {} : { cwd }),
  })
  return { ok: done.status === 0, out: done.stdout ?? '' }
}
