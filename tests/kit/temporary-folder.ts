import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { removeMovedData } from '../../scripts/local/data-place.ts'

/** A new folder that is gone after the test, with what was kept for it elsewhere. */
export function temporaryFolder(mode = 0o711): string {
  const folder = mkdtempSync(join(tmpdir(), 'forgeops-test-'))
  chmodSync(folder, mode)
  onTestFinished(() => {
    removeMovedData(folder)
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}
