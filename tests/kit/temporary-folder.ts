import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { removeMovedData } from '../../scripts/local/data-place.ts'

/**
 * Makes a folder for a test's own files.
 *
 * @param mode 0711 unless told: as root the database runs as another user, who must pass through
 * @returns its path, and what removes it with all that was kept for it elsewhere
 */
export function newTemporaryFolder(mode = 0o711): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'forgeops-test-'))
  chmodSync(folder, mode)
  return {
    folder,
    remove: () => {
      removeMovedData(folder)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The same, gone after the test. */
export function temporaryFolder(mode?: number): string {
  const { folder, remove } = newTemporaryFolder(mode)
  onTestFinished(remove)
  return folder
}
