import { rmSync } from 'node:fs'
import { removeMovedData } from './data-place.ts'
import { endRecorded } from './process-record.ts'

// Waits for the end of its starter, which holds the other side of standard input, and then ends what that one left.
const [home, starter, remove] = process.argv.slice(2)
if (home === undefined || starter === undefined) throw new Error('usage: keeper.ts <home> <starter> [remove]')
process.on('SIGINT', () => undefined)
process.on('SIGHUP', () => undefined)
process.stdin.on('error', () => undefined)
process.stdin.resume()
process.stdin.once('close', async () => {
  await endRecorded(home, { starter })
  if (remove === 'remove') {
    removeMovedData(home)
    rmSync(home, { recursive: true, force: true })
  }
})
