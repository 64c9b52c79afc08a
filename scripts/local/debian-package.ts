import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Downloads a Debian package as any user may, and unpacks it. Whoever comes second to the same place finds it done.
 *
 * @param target the folder that it is unpacked into, as if it were the root; made only when all of it is there
 * @param whole whether the libraries that are missing here are unpacked with it
 * @returns whether it is there now
 */
export function unpackDebian(name: string, target: string, whole: boolean): boolean {
  const drafts = join(dirname(target), 'packages.draft')
  const work = join(drafts, `${name}-${process.pid}`)
  rmSync(work, { recursive: true, force: true })
  mkdirSync(join(work, 'lists/partial'), { recursive: true })
  mkdirSync(join(work, 'cache/archives/partial'), { recursive: true })
  mkdirSync(join(work, 'root'))
  try {
    const { packages, flags } = findPackages(name, work, whole)
    if (packages.length === 0 || !runProgram('apt-get', [...flags, ...patience, 'download', ...packages], work).ok)
      return false
    for (const file of readdirSync(work).filter((one) => one.endsWith('.deb'))) {
      if (!runProgram('dpkg', ['-x', join(work, file), join(work, 'root')]).ok) return false
    }
    renameSync(join(work, 'root'), target)
    return true
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return true
    throw error
  } finally {
    rmSync(work, { recursive: true, force: true })
    removeIfEmpty(drafts)
  }
}

const patience = ['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=20']

/** Others may be at it too: whoever is last leaves nothing. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

/** What is to be downloaded, and the flags by which apt-get finds it. */
function findPackages(name: string, work: string, whole: boolean) {
  const own = [
    ...['-o', `Dir::State::lists=${work}/lists`, '-o', `Dir::Cache=${work}/cache`],
    ...['-o', 'Debug::NoLocking=1', '-qq'],
  ]
  // Reinstall, so that what this machine has installed but not on the PATH is named too.
  const simulation = ['install', '--simulate', '--reinstall', '--no-install-recommends', name]
  const named = (flags: readonly string[]) => {
    const found = [...runProgram('apt-get', [...flags, ...simulation]).out.matchAll(/^Inst (\S+)/gm)]
    return found.flatMap((match) => match[1] ?? []).filter((one) => whole || one === name)
  }
  const packages = named(['-qq'])
  if (packages.length > 0) return { packages, flags: ['-qq'] }
  // The machine's package lists may be empty, and only root refreshes those.
  runProgram('apt-get', [...own, ...patience, 'update'])
  return { packages: named(own), flags: own }
}

export function runProgram(program: string, args: readonly string[], cwd?: string): { ok: boolean; out: string } {
  const done = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    timeout: 180_000,
    ...(cwd === undefined ? {} : { cwd }),
  })
  return { ok: done.status === 0, out: done.stdout ?? '' }
}
