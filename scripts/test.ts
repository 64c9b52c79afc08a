import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { losses, type Reached, reached, uncovered } from './coverage/coverage-gate.ts'
import { addProcess, type IstanbulReport, linesOf } from './coverage/line-coverage.ts'
import { installChromium } from './install-chromium.ts'
import { SetUpError } from './local/set-up-error.ts'
import { resultsFile } from './test-results.ts'

const folder = 'coverage'
const childFolder = resolve(folder, 'children')
export const reachedFile = join(folder, 'reached.json')
export const baselineFile = 'coverage-baseline.json'

/** `make test`: sets up what the tests need, runs all of them and holds their coverage against the committed baseline. */
function main(): number {
  installChromium(console.log)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(childFolder, { recursive: true })
  const tests = spawnSync(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--coverage.enabled',
      `--coverage.reportsDirectory=${join(folder, 'vitest')}`,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${resultsFile}`,
    ],
    { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, CHILD_COVERAGE: childFolder } },
  )
  if (tests.status !== 0) {
    console.error('Coverage is not judged: the tests did not pass.')
    return 1
  }
  return judge()
}

function judge(): number {
  const report = JSON.parse(readFileSync(join(folder, 'vitest', 'coverage-final.json'), 'utf8')) as IstanbulReport
  const coverage = linesOf(report)
  for (const name of readdirSync(childFolder)) {
    const path = join(childFolder, name)
    const text = readFileSync(path, 'utf8')
    // A process that was killed while it wrote leaves half a report.
    if (text.endsWith('}')) addProcess(coverage, JSON.parse(text))
    rmSync(path)
  }
  const now = reached(coverage, report)
  writeFileSync(reachedFile, `${JSON.stringify(now)}\n`)
  const open = uncovered(coverage, process.cwd())
  writeFileSync(join(folder, 'uncovered.txt'), open.map((line) => `${line}\n`).join(''))
  console.log(
    `Coverage: lines ${now.lines} %, branches ${now.branches} %. Most uncovered (all: ${folder}/uncovered.txt):`,
  )
  for (const line of open.slice(0, 10)) console.log(`  ${line}`)
  if (!existsSync(baselineFile)) {
    console.error(`There is no ${baselineFile}: run \`npm run coverage:raise\` and commit it.`)
    return 1
  }
  const baseline = JSON.parse(readFileSync(baselineFile, 'utf8')) as Reached
  const fallen = losses(now, baseline)
  for (const loss of fallen) console.error(loss)
  if (fallen.length === 0 && (now.lines > baseline.lines || now.branches > baseline.branches)) {
    console.log('Coverage rose: run `npm run coverage:raise` and commit the baseline.')
  }
  return fallen.length === 0 ? 0 : 1
}

if (import.meta.main) {
  try {
    process.exitCode = main()
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
