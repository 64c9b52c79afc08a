import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { baselineFile, coverageFolder, judgeCoverage, reachedFile } from './coverage/judge-coverage.ts'
import { installChromium } from './install-chromium.ts'
import { SetUpError } from './local/set-up-error.ts'
import { resultsFile } from './test-results.ts'

const compileCache = 'node_modules/.cache/compiled'

/** `make test`: sets up what the tests need, runs all of them and holds their coverage against the committed baseline. */
function main(): number {
  installChromium(console.log)
  const vitestFolder = join(coverageFolder, 'vitest')
  rmSync(coverageFolder, { recursive: true, force: true })
  const tests = spawnSync(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--coverage.enabled',
      `--coverage.reportsDirectory=${vitestFolder}`,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${resultsFile}`,
    ],
    // Hundreds of processes and threads load the same modules: compiled once.
    { stdio: ['ignore', 'inherit', 'inherit'], env: { NODE_COMPILE_CACHE: resolve(compileCache), ...process.env } },
  )
  if (tests.status !== 0) {
    console.error('Coverage is not judged: the tests did not pass.')
    return 1
  }
  const files = {
    root: process.cwd(),
    report: join(vitestFolder, 'coverage-final.json'),
    baseline: baselineFile,
    reached: reachedFile,
    uncovered: join(coverageFolder, 'uncovered.txt'),
  }
  return judgeCoverage(files, console.log) ? 0 : 1
}

try {
  process.exitCode = main()
} catch (error) {
  if (!(error instanceof SetUpError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
