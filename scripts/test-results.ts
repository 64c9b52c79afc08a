import { readFileSync } from 'node:fs'

/** Where `make test` leaves vitest's JSON report. */
export const resultsFile = 'coverage/test-results.json'

/** Vitest's JSON report, as far as it is read here. */
export interface TestResults {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly {
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

/** A file that failed though none of its tests did could not be loaded or set up: it counts as one failure. */
export function totals(results: TestResults): { passed: number; failed: number } {
  const brokenFiles = results.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  )
  return { passed: results.numPassedTests, failed: results.numFailedTests + brokenFiles.length }
}

/** `N passed, N failed` over all vitest projects of the last run; without a report nothing ran. */
export function closingLine(path: string): string {
  const { passed, failed } = readTotals(path) ?? { passed: 0, failed: 0 }
  return `${passed} passed, ${failed} failed`
}

function readTotals(path: string): { passed: number; failed: number } | undefined {
  try {
    return totals(JSON.parse(readFileSync(path, 'utf8')) as TestResults)
  } catch {
    return undefined
  }
}

if (import.meta.main) console.log(closingLine(resultsFile))
