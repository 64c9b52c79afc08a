import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SetUpError } from './set-up-error.ts'

/** Where a service keeps its files and as whom it runs; `user` is absent when that is whoever started it. */
export interface DataPlace {
  readonly folder: string
  readonly user?: OsUser
  /** The folder is not in the home, because that user cannot enter the home. */
  readonly moved: boolean
}

export interface OsUser {
  readonly uid: number
  readonly gid: number
}

/** For what the database user must reach but cannot in the home. */
export const sharedRoot = '/var/lib/forgeops'

/**
 * The folder of one service. PostgreSQL refuses to run as root, so that root runs it as the user `postgres`, made when
 * missing; a home which that user cannot enter (a parent folder is closed to it) is left as it is, and the data goes
 * under /var/lib/forgeops.
 *
 * @throws SetUpError when root cannot make the user
 */
export function dataPlace(home: string, service: string): DataPlace {
  if (process.getuid?.() !== 0) return { folder: makeFolder(join(home, service)), moved: false }
  const user = osUser('postgres')
  const moved = !canEnter(home, user)
  const folder = moved ? join(movedFolder(home), service) : join(home, service)
  return { folder: makeFolder(folder, user), user, moved }
}

/** Removes what services keep for a home outside it. */
export function removeMovedData(home: string): void {
  rmSync(movedFolder(home), { recursive: true, force: true })
}

export const movedFolder = (home: string): string =>
  join(sharedRoot, createHash('sha256').update(home).digest('hex').slice(0, 16))

/** Whether a user can reach a path: asked of the system itself, which knows every parent, access list and mount. */
export function canEnter(path: string, user: OsUser): boolean {
  return spawnSync('/bin/sh', ['-c', 'cd "$0" 2>/dev/null', path], { ...user, cwd: '/' }).status === 0
}

/** The ids of a user of this machine, made as a system user without a login when there is none. Needs root to make it. */
export function osUser(name: string): OsUser {
  const found = lookUp(name)
  if (found !== undefined) return found
  // Not on every root's PATH: `su` without a login keeps the caller's.
  const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin` }
  const flags = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin']
  spawnSync('useradd', [...flags, name], { env })
  const user = lookUp(name)
  if (user === undefined) {
    throw new SetUpError(
      `PostgreSQL does not run as root and the user ${name} could not be made: run as another user, or set DATABASE_URL.`,
    )
  }
  return user
}

function lookUp(name: string): OsUser | undefined {
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }))
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    return undefined
  }
}

/** Makes a folder that only its user enters; folders above it that are missing may be passed through. */
function makeFolder(folder: string, user?: OsUser): string {
  if (existsSync(folder)) return folder
  makePassage(dirname(folder))
  mkdirSync(folder, { mode: 0o700 })
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  return folder
}

/** Makes missing folders that anyone may pass through, whatever the umask; those that are there keep their mode. */
export function makePassage(folder: string): void {
  if (existsSync(folder)) return
  makePassage(dirname(folder))
  mkdirSync(folder)
  chmodSync(folder, 0o711)
}
