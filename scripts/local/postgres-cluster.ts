import { execFile } from 'node:child_process'
import { chownSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { OsUser } from './data-place.ts'
import { noSpace } from './set-up-error.ts'

/**
 * Makes a database cluster in `<folder>/data` unless it is there. It appears under that name only when it is whole: a
 * start that was killed half-way leaves a draft, which the next one removes.
 *
 * @param password of the superuser `postgres`; handed over in a file of its user, 0600, removed at once
 * @param throwaway not flushed to the disk
 * @returns the data folder
 */
export async function makeCluster(
  folder: string,
  initdb: string,
  password: string,
  user: OsUser | undefined,
  throwaway: boolean,
): Promise<string> {
  const data = join(folder, 'data')
  if (existsSync(data)) return data
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith('draft'))) {
    rmSync(join(folder, name), { recursive: true, force: true })
  }
  const draft = join(folder, 'draft')
  const passwordFile = join(folder, 'draft-password')
  try {
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
    if (user !== undefined) chownSync(passwordFile, user.uid, user.gid)
    const args = ['--pgdata', draft, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
    const text = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
    await promisify(execFile)(initdb, [...args, ...text, ...(throwaway ? ['--no-sync'] : [])], {
      ...user,
      cwd: folder,
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    })
    renameSync(draft, data)
    return data
  } catch (error) {
    if (/No space left|ENOSPC|Disk quota/.test(String((error as { stderr?: string }).stderr ?? error))) {
      throw noSpace(folder, { cause: error })
    }
    throw error
  } finally {
    rmSync(passwordFile, { force: true })
    rmSync(draft, { recursive: true, force: true })
  }
}
