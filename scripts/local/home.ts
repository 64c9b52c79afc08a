import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makePassage } from './data-place.ts'
import { folderFault, SetUpError } from './set-up-error.ts'

/**
 * Makes the folder that holds everything development generates. Others may pass through it (as root the database runs
 * as another user) but not list it; every file of ours in it is 0600. A folder that was there keeps its mode.
 *
 * @returns its absolute path
 * @throws SetUpError when it cannot be made
 */
export function makeHome(home: string): string {
  const path = resolve(home)
  try {
    makePassage(path)
    return path
  } catch (error) {
    throw folderFault(error, path) ?? error
  }
}

/**
 * Claims a home for one starter. The lock is the operating system's, taken through SQLite: it is gone the moment its
 * process is, however that ends, so there is no stale lock to judge.
 *
 * @returns the claim, which lasts as long as it is held: it goes with the object
 * @throws SetUpError when another process has it
 */
export function claimHome(home: string): { release(): void } {
  let lock: DatabaseSync | undefined
  try {
    lock = new DatabaseSync(join(home, 'lock'), { timeout: 0 })
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    lock?.close()
    if ((error as { errcode?: number }).errcode !== 5) {
      throw new SetUpError(`Cannot write in ${home}: make it writable or set FORGEOPS_HOME to a folder that is.`, {
        cause: error,
      })
    }
    throw new SetUpError(
      `ForgeOps runs from ${home} already: stop it with Ctrl-C there first, or set FORGEOPS_HOME and PORT for another.`,
    )
  }
  const held = lock
  return { release: () => held.close() }
}
