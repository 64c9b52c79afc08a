import { existsSync, rmdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { fileURLToPath } from 'node:url'
import { movedFolder, removeMovedData } from '../local/data-place.ts'
import { claimHome } from '../local/home.ts'
import { endRecorded } from '../local/process-record.ts'
import { SetUpError } from '../local/set-up-error.ts'

// By name, not the folder whole: FORGEOPS_HOME may name a folder that holds other things too.
const generated = [
  'postgres',
  'redis',
  'redis-package',
  'prometheus-package',
  'packages.draft',
  'logs',
  'dev.json',
  'owner.json',
  'postgres.json',
  'processes.json',
  'redis.json',
  'secrets.json',
  'lock',
]

/**
 * Removes everything that `make up` generated for a home, after `confirm` said yes.
 *
 * @param confirm asked once, with the question
 * @returns what was done, in a sentence
 * @throws SetUpError while ForgeOps runs from that home
 */
export async function reset(home: string, confirm: (question: string) => Promise<boolean>): Promise<string> {
  const present = generated.some((name) => existsSync(join(home, name)))
  const moved = existsSync(movedFolder(home)) ? ` and ${movedFolder(home)}` : ''
  if (!present && moved === '') return `Nothing to remove in ${home}.`
  const claim = claimHome(home)
  try {
    if (!(await confirm(`Remove the database, the secrets and the accounts in ${home}${moved}? [y/N] `))) {
      return 'Nothing was removed.'
    }
    await endRecorded(home)
    removeMovedData(home)
    for (const name of generated) rmSync(join(home, name), { recursive: true, force: true })
  } finally {
    claim.release()
  }
  try {
    rmdirSync(home)
  } catch {
    return `Removed what ForgeOps had generated in ${home}${moved}; the rest of that folder is not its own.`
  }
  return `Removed ${home}${moved}.`
}

async function ask(question: string): Promise<boolean> {
  if (process.env.CONFIRM === '1') return true
  if (!process.stdin.isTTY) throw new SetUpError('Nobody can be asked here: repeat with CONFIRM=1 to remove the data.')
  const line = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return /^y(es)?$/i.test((await line.question(question)).trim())
  } finally {
    line.close()
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const root = fileURLToPath(new URL('../../', import.meta.url))
    console.log(await reset(resolve(process.env.FORGEOPS_HOME || join(root, '.forgeops')), ask))
  } catch (error) {
    console.error(error instanceof SetUpError ? error.message : error)
    process.exitCode = 1
  }
}
