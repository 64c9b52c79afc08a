import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { gatesFile } from '../ci.ts'
import { resultsFile } from '../test-results.ts'

export interface GateRecord {
  /** When the last gate had ended, RFC 3339. */
  readonly at: string
  readonly outcomes: readonly { readonly gate: string; readonly passed: boolean; readonly seconds: number }[]
}

export interface ProjectTests {
  readonly project: string
  readonly files: number
  /** Undefined when no run of all tests has left a report. */
  readonly passed: number | undefined
  readonly failed: number | undefined
}

/** What the last runs left behind. */
export interface Verification {
  readonly gates: GateRecord | undefined
  readonly tests: readonly ProjectTests[]
  /** When the run of all tests began, RFC 3339. */
  readonly testedAt: string | undefined
  readonly coverage: { readonly lines: number; readonly branches: number } | undefined
}

interface Report {
  readonly startTime: number
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

/** Reads the records of `make ci` and `make test`, and lists the test files that there are now. */
export function verification(): Verification {
  const report = readJson<Report>(resultsFile)
  const listed = testFiles()
  const projects = [...new Set(listed.map(({ projectName }) => projectName))].sort()
  return {
    gates: readJson<GateRecord>(gatesFile),
    testedAt: report === undefined ? undefined : new Date(report.startTime).toISOString(),
    tests: projects.map((project) => {
      const files = new Set(
        listed.filter((each) => each.projectName === project).map(({ file }) => relative('.', file)),
      )
      const statuses = report?.testResults
        .filter(({ name }) => files.has(relative('.', name)))
        .flatMap(({ assertionResults }) => assertionResults.map(({ status }) => status))
      const count = (wanted: string) => statuses?.filter((status) => status === wanted).length
      return { project, files: files.size, passed: count('passed'), failed: count('failed') }
    }),
    coverage: readJson('coverage-baseline.json'),
  }
}

function testFiles(): readonly { readonly file: string; readonly projectName: string }[] {
  const vitest = ['node_modules/vitest/vitest.mjs', 'list', '--filesOnly', '--json']
  const { status, stdout, stderr } = spawnSync(process.execPath, vitest, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`vitest lists no tests: ${stderr}`)
  return JSON.parse(stdout.slice(stdout.indexOf('[')))
}

function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch {
    return undefined
  }
}
