import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { SetUpError } from './set-up-error.ts'

const programs = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Headless, without a GPU, and without the calls home that a test machine's closed network would refuse. */
const quietFlags = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Finds the browser that the tests drive: `CHROMIUM` when set, else the first one on the PATH.
 *
 * @param env where `CHROMIUM` and `PATH` are read
 * @returns the program's absolute path
 * @throws SetUpError a sentence naming the remedy, when there is none: a missing browser is a failure, never a skip
 */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string {
  if (env.CHROMIUM) {
    if (isProgram(env.CHROMIUM)) return env.CHROMIUM
    throw new SetUpError(`CHROMIUM names ${env.CHROMIUM}, which is no program: set it to a Chromium, or unset it.`)
  }
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean)
  const found = programs.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram)
  if (found) return found
  throw new SetUpError(
    'The browser tests need Chromium: run `apt-get install -y --no-install-recommends chromium`, or set CHROMIUM to its path.',
  )
}

/**
 * What playwright-core's `chromium.launch` is given. As root the browser's own sandbox cannot start, so it is off then,
 * and only then: the tests open pages of this machine only.
 */
export function chromiumLaunch(): { executablePath: string; args: string[] } {
  const asRoot = process.getuid?.() === 0
  return { executablePath: findChromium(), args: asRoot ? [...quietFlags, '--no-sandbox'] : quietFlags }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
