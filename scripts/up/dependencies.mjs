// Runs before anything is installed, on whatever Node the machine has: plain JavaScript, no dependency.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * Whether node_modules holds what the lockfile names: npm's own record of what it installed is compared with it, so that
 * an interrupted install, which leaves no record, counts as none.
 *
 * @param {string} root the project's folder
 * @returns {boolean}
 */
export function isCurrent(root) {
  const record = `${root}/node_modules/.package-lock.json`
  if (!existsSync(record)) return false
  const wanted = packagesIn(`${root}/package-lock.json`)
  const installed = packagesIn(record)
  return (
    Object.entries(wanted).every(([path, { version, optional }]) =>
      installed[path] === undefined ? path === '' || optional === true : installed[path].version === version,
    ) && Object.keys(installed).every((path) => wanted[path] !== undefined)
  )
}

/** @param {string} path of a lockfile */
const packagesIn = (path) => JSON.parse(readFileSync(path, 'utf8')).packages

/**
 * Installs the lockfile's dependencies unless they are there.
 *
 * @param {string} root the project's folder
 * @returns {string | undefined} the sentence for what went wrong
 */
export function install(root) {
  if (isCurrent(root)) return undefined
  try {
    accessSync(root, constants.W_OK)
  } catch {
    return `Cannot write in ${root}: make it writable, for the dependencies are installed there.`
  }
  console.log('Installing dependencies.')
  const npm = spawnSync('npm', ['ci', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (npm.status === 0 && isCurrent(root)) return undefined
  if (npm.error?.code === 'ENOENT') return 'npm was not found: install Node.js 20 or later, with npm.'
  if (/ENOSPC|no space left/i.test(npm.stderr)) return `No space is left in ${root}: free some and repeat the command.`
  process.stderr.write(npm.stderr ?? '')
  return `The dependencies could not be installed: see npm's words above, and repeat the command.`
}

if (import.meta.url === pathToFileURL(resolve(process.argv[1] ?? '')).href) {
  const fault = install(process.cwd())
  if (fault !== undefined) {
    process.stderr.write(`${fault}\n`)
    process.exitCode = 1
  }
}
