import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { observe } from './execution-log/activation.ts'
import { executionLog } from './execution-log/page.ts'
import { currentState } from './execution-log/state.ts'
import { verification } from './execution-log/verification.ts'
import { removeMovedData } from './local/data-place.ts'
import { startHouse } from './up/house.ts'

export const logFile = 'docs/EXECUTION_LOG.md'

/** Writes the log: what a house that is started for it shows, what the last gates said, what the work tree says. */
if (import.meta.main) {
  const home = mkdtempSync(join(tmpdir(), 'forgeops-log-'))
  // As root the database runs as another user, who must pass through.
  chmodSync(home, 0o711)
  try {
    const began = performance.now()
    const house = await startHouse({ home, say: console.log })
    const startedInMs = performance.now() - began
    const activation = await observe(house, startedInMs).finally(() => house.stop())
    writeFileSync(logFile, executionLog(activation, verification(), currentState()))
    console.log(`Wrote ${logFile}.`)
  } finally {
    removeMovedData(home)
    rmSync(home, { recursive: true, force: true })
  }
}
