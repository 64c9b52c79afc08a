import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

/** Replaces a file whole or not at all; only its owner may read it. Synchronous, so that no signal comes between. */
export function replaceFile(path: string, text: string): void {
  const draft = draftOf(path, text)
  renameSync(draft, path)
}

/** Writes a file unless it is there, and returns what it then holds: of several starters all get the first one's text. */
export function createFileOnce(path: string, text: () => string): string {
  const present = readIfPresent(path)
  if (present !== undefined) return present
  const draft = draftOf(path, text())
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return readFileSync(path, 'utf8')
}

export function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function draftOf(path: string, text: string): string {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  writeFileSync(draft, text, { mode: 0o600, flush: true })
  return draft
}
