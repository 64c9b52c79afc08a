import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { losses, type Reached, reached, uncovered } from './coverage-gate.ts'
import { type IstanbulReport, linesOf } from './line-coverage.ts'

/** Where a run of the tests leaves what it measured. */
export const coverageFolder = 'coverage'
export const baselineFile = 'coverage-baseline.json'
export const reachedFile = join(coverageFolder, 'reached.json')

export interface CoverageFiles {
  /** The project's folder: paths are named from it. */
  readonly root: string
  /** Vitest's `json` report. */
  readonly report: string
  readonly baseline: string
  /** Gets the percentages reached, for `npm run coverage:raise`. */
  readonly reached: string
  /** Gets every file with lines that did not run. */
  readonly uncovered: string
}

/**
 * Holds what the tests covered against the committed baseline.
 *
 * @param say told the figures and what to do
 * @returns whether nothing fell
 */
export function judgeCoverage(files: CoverageFiles, say: (line: string) => void): boolean {
  const report = readJson<IstanbulReport>(files.report)
  const coverage = linesOf(report)
  const now = reached(coverage, report)
  const open = uncovered(coverage, files.root)
  writeFileSync(files.reached, `${JSON.stringify(now)}\n`)
  writeFileSync(files.uncovered, open.map((line) => `${line}\n`).join(''))
  say(`Coverage: lines ${now.lines} %, branches ${now.branches} %.`)
  if (open.length > 0) say(`Not run, the most first (all of them: ${files.uncovered}):`)
  for (const line of open.slice(0, 10)) say(`  ${line}`)
  if (!existsSync(files.baseline)) {
    say(`There is no ${files.baseline}: run \`npm run coverage:raise\` and commit it.`)
    return false
  }
  const baseline = readJson<Reached>(files.baseline)
  const fallen = losses(now, baseline)
  for (const loss of fallen) say(loss)
  if (fallen.length > 0) return false
  if (now.lines > baseline.lines || now.branches > baseline.branches)
    say('Coverage rose: run `npm run coverage:raise` and commit the baseline.')
  return true
}

const readJson = <T>(path: string) => JSON.parse(readFileSync(path, 'utf8')) as T
